import { describe, expect, it } from 'vitest'
import { allow, openCore } from '../testing/open-core.js'

describe('sys/step-down', () => {
  it('is accepted from who has sudo, and changes nothing', async () => {
    const { ask, token } = await openCore()
    await allow(ask, 'walker', { 'sys/step-down': ['update'] })

    expect(await ask('write', 'sys/step-down')).toMatchObject({ status: 204 })
    await expect(ask('write', 'sys/step-down', {}, { token: await token(['walker']) })).rejects.toMatchObject({ status: 403 })
    expect(await ask('read', 'sys/leader')).toMatchObject({ data: { is_self: true } })
  })
})
