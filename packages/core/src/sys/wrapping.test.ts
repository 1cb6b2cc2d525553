import { describe, expect, it } from 'vitest'
import { CoreError } from '../errors.js'
import { openCore } from '../testing/open-core.js'

describe('sys/wrapping/unwrap', () => {
  it('opens no token of another kind, and takes no use off it', async () => {
    const { ask, token } = await openCore()
    const counted = await token(['default'], { num_uses: 2 })

    await expect(ask('write', 'sys/wrapping/unwrap', { token: counted })).rejects.toSatisfy(CoreError.badWrappingToken.is)

    expect(await ask('write', 'auth/token/lookup', { token: counted })).toMatchObject({ data: { num_uses: 2 } })
  })
})
