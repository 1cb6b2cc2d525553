import { memoryStorage } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { Core } from '../core.js'
import { allow, furnishedCore, openCore, optionsFor } from '../testing/open-core.js'

const month = 2_764_800

describe('the mounts', () => {
  it('of a new vault are the house\'s own', async () => {
    const { ask } = await openCore()

    const { data, form } = await ask('read', 'sys/mounts')

    expect(form).toBe('legacy')
    expect(Object.keys(data ?? {}).sort()).toEqual(['cubbyhole/', 'sys/'])
    expect(Object.keys((await ask('read', 'sys/auth')).data ?? {})).toEqual(['token/'])
    expect(data?.['cubbyhole/']).toEqual({
      accessor: expect.stringMatching(/^cubbyhole_[0-9a-f]{8}$/), config: { default_lease_ttl: 0, max_lease_ttl: 0, force_no_cache: false },
      description: 'per-token private secret storage', external_entropy_access: false, local: true, options: null,
      plugin_version: '', running_plugin_version: '', running_sha256: '', seal_wrap: false, type: 'cubbyhole', uuid: expect.any(String),
    })
  })

  it('can be added to, read one by one, and removed with all they keep', async () => {
    const { ask, storage } = await openCore()
    expect(await ask('write', 'sys/mounts/notes', { type: 'notes', description: 'd', config: { max_lease_ttl: '1h', default_lease_ttl: 60 } })).toMatchObject({ status: 204 })
    await ask('write', 'notes/a/b', { x: 1 })

    expect((await ask('read', 'sys/mounts/notes')).data).toMatchObject({ type: 'notes', description: 'd', config: { default_lease_ttl: 60, max_lease_ttl: 3600 } })
    expect(await ask('delete', 'sys/mounts/notes/')).toMatchObject({ status: 204 })

    await expect(ask('read', 'notes/a/b')).rejects.toMatchObject({ status: 404 })
    await expect(ask('read', 'sys/mounts/notes')).rejects.toMatchObject({ status: 400, message: 'No secret engine mount at this path' })
    expect(await storage.list('logical/')).toEqual([])
    expect(await ask('delete', 'sys/mounts/notes')).toMatchObject({ status: 204 })
  })

  it('find nothing of a mount that was at their path before', async () => {
    const { ask } = await furnishedCore()
    await ask('write', 'notes/a', { x: 1 })

    await ask('delete', 'sys/mounts/notes')
    await ask('write', 'sys/mounts/notes', { type: 'notes' })

    expect(await ask('read', 'notes/a')).toMatchObject({ status: 404 })
  })

  it.each([
    ['notes', /path is already in use at notes\//], ['notes/inner', /existing mount at notes\//], ['sys/x', /existing mount at sys\//],
    ['auth/x', /cannot mount over/], ['a/../b', /path must be a path without empty/], ['a//b', /path must be a path without empty/], [' a', /path must be a path without empty/], ['a\u0000', /path must be a path without empty/],
  ])('cannot lie at %o', async (path, message) => {
    const { ask, storage } = await furnishedCore()

    await expect(ask('write', `sys/mounts/${path}`, { type: 'notes' })).rejects.toMatchObject({ status: 400, message: expect.stringMatching(message) })

    expect(await storage.list('logical/')).toEqual([])
  })

  it('cannot cover a mount that lies deeper', async () => {
    const { ask } = await openCore()
    await ask('write', 'sys/mounts/a/b/c', { type: 'notes' })

    await expect(ask('write', 'sys/mounts/a', { type: 'notes' })).rejects.toMatchObject({ status: 400, message: 'existing mount at a/b/c/' })
  })

  it.each(['system', 'cubbyhole'])('of the type %s exist once', async (type) => {
    const { ask } = await openCore()

    await expect(ask('write', 'sys/mounts/other', { type })).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/there can be one mount/) })
    await expect(ask('write', 'sys/auth/other', { type: 'token' })).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/there can be one mount/) })
  })

  it('of a type that nobody built in are refused with a list of those there are', async () => {
    const { ask } = await openCore()

    await expect(ask('write', 'sys/mounts/x', { type: 'nothing' })).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/this server has cubbyhole, notes, system/) })
  })

  it.each(['sys', 'cubbyhole', 'identity'])('that the house stands on cannot be removed or moved: %s', async (path) => {
    const { ask } = await furnishedCore()

    await expect(ask('delete', `sys/mounts/${path}`)).rejects.toMatchObject({ status: 400 })
    await expect(ask('write', 'sys/remount', { from: path, to: 'elsewhere' })).rejects.toMatchObject({ status: 400 })
    await expect(ask('write', 'sys/remount', { from: 'notes', to: path })).rejects.toMatchObject({ status: 400 })
    await expect(ask('delete', 'sys/auth/token')).rejects.toMatchObject({ status: 400 })
  })

  it('are one at a path, however many try to add one', async () => {
    const { ask, storage } = await openCore()

    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => ask('write', 'sys/mounts/notes', { type: 'notes' })))
    await Promise.all(Array.from({ length: 20 }, (_, i) => ask('write', `sys/mounts/n${i}`, { type: 'notes' })))

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(Object.keys((await ask('read', 'sys/mounts')).data ?? {})).toHaveLength(2 + 1 + 20)
    expect(await storage.list('logical/')).toEqual([])
  })

  it('made on one node are there for the next request on another', async () => {
    const below = memoryStorage()
    const { ask, keys, root, clock } = await openCore({ storage: below })
    const other = new Core(optionsFor(below, clock))
    await other.submit(keys[0]!.slice())

    await ask('write', 'sys/mounts/notes', { type: 'notes' })

    expect(await other.handle({ verb: 'write', path: 'notes/a', input: { x: 1 }, token: root })).toMatchObject({ status: 204 })
    await other.seal()
  })

  it('of an engine that a build lacks answer nothing, and are no harm to the others', async () => {
    const below = memoryStorage()
    const { ask, keys, root, clock } = await openCore({ storage: below })
    await ask('write', 'sys/mounts/notes', { type: 'notes' })
    const poor = new Core({ ...optionsFor(below, clock), engines: [] })

    await poor.submit(keys[0]!.slice())

    const answer = (path: string) => poor.handle({ verb: 'read', path, input: {}, token: root })
    await expect(answer('notes/a')).rejects.toMatchObject({ status: 404 })
    expect((await answer('sys/mounts')).data).toMatchObject({ 'notes/': { type: 'notes' } })
    await poor.seal()
  })
})

describe('tuning', () => {
  it('shows what takes effect, and changes what is given', async () => {
    const { ask } = await furnishedCore()
    expect((await ask('read', 'sys/mounts/notes/tune')).data).toMatchObject({ default_lease_ttl: month, max_lease_ttl: month, force_no_cache: false, description: '' })

    await ask('write', 'sys/mounts/notes/tune', { default_lease_ttl: '1h', max_lease_ttl: 7200, description: 'new', listing_visibility: 'unauth' })
    expect((await ask('read', 'sys/mounts/notes/tune')).data).toMatchObject({ default_lease_ttl: 3600, max_lease_ttl: 7200, description: 'new', listing_visibility: 'unauth' })

    await ask('write', 'sys/mounts/notes/tune', { default_lease_ttl: 'system', max_lease_ttl: -1 })
    expect((await ask('read', 'sys/mounts/notes')).data).toMatchObject({ description: 'new', config: { default_lease_ttl: 0, max_lease_ttl: -1 } })
  })

  it('of an auth method is done at either address', async () => {
    const { ask } = await furnishedCore()

    await ask('write', 'sys/mounts/auth/door/tune', { max_lease_ttl: '1h' })

    expect((await ask('read', 'sys/auth/door/tune')).data).toMatchObject({ max_lease_ttl: 3600, default_lease_ttl: month, token_type: 'default-service' })
    expect((await ask('read', 'sys/mounts/auth/door/tune')).data).toMatchObject({ max_lease_ttl: 3600 })
  })

  it.each([{ default_lease_ttl: '2h', max_lease_ttl: '1h' }, { default_lease_ttl: '9000h' }, { max_lease_ttl: 'soon' }])('refuses %o', async (tuning) => {
    const { ask } = await furnishedCore()

    await expect(ask('write', 'sys/mounts/notes/tune', tuning)).rejects.toMatchObject({ status: 400 })
  })

  it('of the option version hands over to the newer engine, once and upwards only', async () => {
    const { ask } = await openCore()
    await ask('write', 'sys/mounts/notes', { type: 'notes', options: { version: '1' } })
    await ask('write', 'notes/a', { x: 1 })

    await ask('write', 'sys/mounts/notes/tune', { options: { version: 2 } })

    expect((await ask('read', 'notes/a')).data).toEqual({ x: 1, version: '2' })
    expect((await ask('read', 'notes/upgraded')).data).toMatchObject({ from: '1' })
    expect((await ask('read', 'sys/mounts/notes')).data).toMatchObject({ options: { version: '2' } })
    await expect(ask('write', 'sys/mounts/notes/tune', { options: { version: '1' } })).rejects.toMatchObject({ status: 400 })
    await expect(ask('write', 'sys/mounts/notes/tune', { options: { version: '7' } })).rejects.toMatchObject({ status: 400 })
  })

  it('that was cut short in an upgrade goes on at the next unseal', async () => {
    const { core, ask, unseal, storage } = await openCore()
    await ask('write', 'sys/mounts/notes', { type: 'notes-v1' })
    storage.beforeCommit = (keys) => {
      if (keys.some((key) => key.endsWith('/upgraded'))) throw new Error('power cut')
    }
    await expect(ask('write', 'sys/mounts/notes/tune', { options: { version: '2' } })).rejects.toThrow('power cut')
    storage.beforeCommit = () => {}

    await core.seal()
    await unseal()

    expect((await ask('read', 'notes/upgraded')).data).toMatchObject({ from: '1' })
  })
})

describe('moving a mount', () => {
  it('takes what it keeps along, and says so when it is done', async () => {
    const { ask } = await furnishedCore()
    await ask('write', 'notes/a', { x: 1 })

    const { data } = await ask('write', 'sys/remount', { from: 'notes', to: 'papers/old/' })

    expect((await ask('read', 'papers/old/a')).data).toMatchObject({ x: 1 })
    await expect(ask('read', 'notes/a')).rejects.toMatchObject({ status: 404 })
    expect((await ask('read', `sys/remount/status/${String(data?.['migration_id'])}`)).data).toMatchObject({
      migration_id: data?.['migration_id'], migration_info: { target_mount: 'papers/old/', status: 'success' },
    })
  })

  it('is refused where it would become something else, or cover something', async () => {
    const { ask } = await furnishedCore()

    for (const [from, to] of [['notes', 'auth/notes'], ['auth/door', 'door'], ['notes', 'auth/door'], ['notes', 'sys/x'], ['nothing', 'x']]) {
      await expect(ask('write', 'sys/remount', { from, to }), `${from} to ${to}`).rejects.toMatchObject({ status: 400 })
    }
    expect(await ask('list', 'notes/')).toMatchObject({ status: 404 })
  })

  it('makes those whom an auth method let in come again', async () => {
    const { ask } = await furnishedCore()
    const { auth } = await ask('write', 'auth/door/login', {}, { token: undefined })

    await ask('write', 'sys/remount', { from: 'auth/door', to: 'auth/gate' })

    await expect(ask('read', 'auth/token/lookup-self', {}, { token: auth?.client_token })).rejects.toMatchObject({ status: 403 })
    expect((await ask('write', 'auth/gate/login', {}, { token: undefined })).auth).toBeDefined()
  })
})

describe('removing an auth method', () => {
  it('revokes the tokens it made, and no others', async () => {
    const { ask, token } = await furnishedCore()
    const { auth } = await ask('write', 'auth/door/login', {}, { token: undefined })
    const other = await token(['default'])

    await ask('delete', 'sys/auth/door')

    await expect(ask('read', 'auth/token/lookup-self', {}, { token: auth?.client_token })).rejects.toMatchObject({ status: 403 })
    expect(await ask('read', 'auth/token/lookup-self', {}, { token: other })).toMatchObject({ status: 200 })
  })

  it('leaves no token of a login that was under way', async () => {
    const { ask, storage } = await furnishedCore()
    const before = await storage.list('sys/token/id/')
    let removed: unknown
    storage.beforeCommit = async (keys) => {
      if (removed || !keys.some((key) => key.startsWith('sys/token/accessor/'))) return
      removed = true
      await ask('delete', 'sys/auth/door')
    }

    await expect(ask('write', 'auth/door/login', {}, { token: undefined })).rejects.toMatchObject({ status: 404 })

    expect(removed).toBe(true)
    expect(await storage.list('sys/token/id/')).toEqual(before)
  })

  it('is finished at the next unseal, wherever a crash cut it short', async () => {
    for (let crash = 0, done = false; !done; crash++) {
      const { core, ask, unseal, storage } = await furnishedCore()
      const login = () => ask('write', 'auth/door/login', {}, { token: undefined })
      const { auth } = await login()
      let left = crash
      storage.beforeCommit = () => {
        if (left-- === 0) throw new Error('power cut')
      }
      done = await ask('delete', 'sys/auth/door').then(() => true, () => false)
      storage.beforeCommit = () => {}
      const removed = await login().then(() => false, () => true)

      await core.seal()
      await unseal()

      expect(removed).toBe(crash > 0)
      const still = await ask('read', 'auth/token/lookup-self', {}, { token: auth?.client_token }).then(() => true, () => false)
      expect(still, `crash before commit ${crash}`).toBe(!removed)
      if (removed) expect(await ask('write', 'sys/auth/door', { type: 'door' })).toMatchObject({ status: 204 })
    }
  })
})

describe('a removal that fails again and again', () => {
  it('keeps the mount out of reach, and the vault able to open', async () => {
    const { core, ask, unseal, storage } = await furnishedCore()
    await ask('write', 'notes/a', { x: 1 })
    storage.beforeCommit = (keys) => {
      if (keys.some((key) => key.startsWith('logical/'))) throw new Error('no space')
    }
    await expect(ask('delete', 'sys/mounts/notes')).rejects.toThrow('no space')

    await core.seal()
    await unseal()

    await expect(ask('read', 'notes/a')).rejects.toMatchObject({ status: 404 })
    await expect(ask('write', 'sys/mounts/notes', { type: 'notes' })).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/already in use/) })
    storage.beforeCommit = () => {}
    await ask('delete', 'sys/mounts/notes')
    expect(await ask('write', 'sys/mounts/notes', { type: 'notes' })).toMatchObject({ status: 204 })
  })
})

describe('what clients ask before they ask', () => {
  it('shows the mounts one may use, and those that are for all to see', async () => {
    const { ask, token } = await furnishedCore()
    await ask('write', 'sys/mounts/open', { type: 'notes', config: { listing_visibility: 'unauth' } })
    await allow(ask, 'one', { 'notes/a/*': ['read'] })
    const seen = async (id: string | undefined) => {
      const { data } = await ask('read', 'sys/internal/ui/mounts', {}, { token: id })
      return Object.values(data as Record<string, object>).flatMap((kind) => Object.keys(kind)).sort()
    }

    expect(await seen(undefined)).toEqual(['open/'])
    expect(await seen(await token(['one'], { no_default_policy: true }))).toEqual(['notes/', 'open/'])
    expect(await seen(await token(['one']))).toContain('cubbyhole/')
  })

  it('tells the mount of a path to who may use it, and to others only that they may not', async () => {
    const { ask, token } = await openCore()
    await ask('write', 'sys/mounts/notes', { type: 'notes', options: { version: '2' } })
    await allow(ask, 'one', { 'notes/a/*': ['read'] })
    const look = (path: string, id?: string) => ask('read', `sys/internal/ui/mounts/${path}`, {}, { token: id })
    const one = await token(['one'])

    expect((await look('notes/a/b', one)).data).toMatchObject({ path: 'notes/', type: 'notes', options: { version: '2' } })
    for (const [path, id] of [['nowhere/x', one], ['notes/a', await token(['default'])]] as const) {
      await expect(look(path, id)).rejects.toMatchObject({ status: 403, message: expect.stringMatching(/^preflight capability check returned 403/) })
    }
  })

  it('says that a token is not good rather than what it may not do', async () => {
    const { ask } = await furnishedCore()
    await ask('write', 'sys/mounts/open', { type: 'notes', config: { listing_visibility: 'unauth' } })

    for (const path of ['sys/internal/ui/mounts', 'sys/internal/ui/mounts/notes/a', 'sys/internal/specs/openapi']) {
      await expect(ask('read', path, {}, { token: 'hvs.unknown' })).rejects.toMatchObject({ status: 403, message: 'permission denied' })
    }
    await expect(ask('read', 'sys/internal/ui/mounts/notes/a', {}, { token: undefined })).rejects.toMatchObject({ status: 403, message: 'permission denied' })
  })

  it('shows all of a mount to who comes with a token, and to others what they need to log in', async () => {
    const { ask } = await openCore()
    await ask('write', 'sys/mounts/open', { type: 'notes', config: { listing_visibility: 'unauth' } })
    const seen = async (token: Partial<{ token: undefined }>) => {
      const { data } = await ask('read', 'sys/internal/ui/mounts', {}, token)
      return (data?.['secret'] as Record<string, unknown>)['open/']
    }

    expect(await seen({})).toEqual((await ask('read', 'sys/mounts/open')).data)
    expect(await seen({ token: undefined })).toEqual({ type: 'notes', description: '', options: {} })
  })
})
