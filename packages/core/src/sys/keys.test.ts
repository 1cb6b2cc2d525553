import { describe, expect, it } from 'vitest'
import { allow, openCore } from '../testing/open-core.js'

describe('a new encryption key', () => {
  it.each(['sys/rotate', 'sys/rotate/keyring'])('is taken at %s, by who has sudo', async (path) => {
    const { ask, token } = await openCore()
    await allow(ask, 'plain', { 'sys/rotate*': ['update'] })

    expect(await ask('write', path)).toMatchObject({ status: 204 })

    expect((await ask('read', 'sys/key-status')).data).toMatchObject({ term: 2 })
    await expect(ask('write', path, {}, { token: await token(['plain']) })).rejects.toMatchObject({ status: 403 })
  })
})
