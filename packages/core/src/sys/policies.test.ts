import { describe, expect, it } from 'vitest'
import { CoreError } from '../errors.js'
import { openCore } from '../testing/open-core.js'

describe('sys/policy', () => {
  it('refuses a policy without text', async () => {
    const { ask } = await openCore()

    for (const input of [{}, { policy: '' }]) {
      await expect(ask('write', 'sys/policy/empty', input)).rejects.toSatisfy(CoreError.invalid.is)
    }
  })
})
