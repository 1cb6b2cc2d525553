import { memoryStorage, type Admission, type Request } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { Core } from './core.js'
import { movableClock } from './testing/clock.js'
import { allow, furnishedCore, optionsFor } from './testing/open-core.js'

type Asked = Partial<Omit<Request, 'input'>>
const admitted = (core: Core, path: string, more: Asked = {}): Promise<Admission> => core.admit({ verb: 'write', path, ...more })

describe('a body, before it is read', () => {
  it('is taken of any size from who has a valid token', async () => {
    const { core, ask, token, clock } = await furnishedCore()
    await allow(ask, 'none', { 'nowhere/*': ['read'] })
    const mine = await token(['none'], { ttl: '1h' })

    for (const path of ['notes/a', 'auth/door/login', 'nowhere/at/all']) expect(await admitted(core, path, { token: mine })).toBe('all')

    clock.forward(7200)
    expect(await admitted(core, 'notes/a', { token: mine })).toBe('nothing')
  })

  it('is not taken from who has none, but for what is open to anybody, and there a little', async () => {
    const { core } = await furnishedCore()

    for (const token of [undefined, '', 'hvs.guessed']) {
      for (const path of ['notes/a', 'sys/mounts/x', 'auth/token/create', 'cubbyhole/a', 'nowhere', 'sys/nothing']) {
        expect(await admitted(core, path, { token }), path).toBe('nothing')
      }
      for (const path of ['auth/door/login', 'sys/unseal', 'sys/init', 'sys/wrapping/lookup']) {
        expect(await admitted(core, path, { token }), path).toBe('little')
      }
    }
  })

  it('is taken by a sealed vault only where it tells its state', async () => {
    const sealed = new Core(optionsFor(memoryStorage(), movableClock()))

    expect(await admitted(sealed, 'sys/unseal')).toBe('little')
    expect(await admitted(sealed, 'auth/door/login')).toBe('nothing')
    expect(await admitted(sealed, 'notes/a', { token: 'hvs.any' })).toBe('nothing')
  })

  it('is not taken for another namespace', async () => {
    const { core, root } = await furnishedCore()

    expect(await admitted(core, 'notes/a', { token: root, namespace: 'team' })).toBe('nothing')
    for (const namespace of ['root/', 'root', '/', '', '/root/']) expect(await admitted(core, 'notes/a', { token: root, namespace })).toBe('all')
  })
})

describe('a request whose body was not read', () => {
  const unread = { verb: 'write', input: {}, unread: true } as const

  it('is refused as ever, and written down as what it is', async () => {
    const { core, ask, tape } = await furnishedCore()
    await ask('write', 'sys/audit/tape', { type: 'tape' })
    tape.lines.length = 0

    await expect(core.handle({ ...unread, path: 'notes/a' })).rejects.toMatchObject({ status: 403, message: 'permission denied' })

    expect(tape.lines.map((line) => (JSON.parse(line) as { request: object }).request)).toMatchObject([
      { path: 'notes/a', operation: 'update', body_unread: true },
      { path: 'notes/a', operation: 'update', body_unread: true },
    ])
  })

  it('is never carried out, not even when its sender turns out to be known', async () => {
    const { core, root, ask } = await furnishedCore()
    await ask('write', 'notes/a', { a: 1 })

    for (const path of ['notes/a', 'auth/door/login', 'sys/unseal', 'sys/seal']) {
      await expect(core.handle({ ...unread, path, token: root }), path).rejects.toMatchObject({ status: 503, message: expect.stringContaining('not read') })
    }

    expect((await ask('read', 'notes/a')).data).toMatchObject({ a: 1 })
  })
})
