import { describe, expect, it } from 'vitest'
import { MountError } from '../errors.js'
import { notes, notes2 } from '../testing/engines.js'
import { furnishedCore, openCore } from '../testing/open-core.js'

describe('sys/mounts', () => {
  it('shows options as they were given, and an empty object where none were', async () => {
    const { ask } = await openCore()
    await ask('write', 'sys/mounts/plain', { type: 'notes' })
    await ask('write', 'sys/mounts/second', { type: 'notes', options: { version: '2' } })

    expect(await ask('read', 'sys/mounts/plain')).toMatchObject({ data: { options: {} } })
    expect(await ask('read', 'sys/mounts/second')).toMatchObject({ data: { options: { version: '2' } } })
  })

  it('makes accessors of the type and eight hexadecimal digits', async () => {
    const { ask } = await openCore()
    await ask('write', 'sys/mounts/plain', { type: 'notes' })

    const { data } = await ask('read', 'sys/mounts/plain')

    expect(data?.['accessor']).toMatch(/^notes_[0-9a-f]{8}$/)
  })

  it("refuses a default TTL above the mount's maximum, or above the system's where the mount has none", async () => {
    const { ask } = await openCore()
    await ask('write', 'sys/mounts/plain', { type: 'notes' })

    const mount = (config: Record<string, unknown>) => ask('write', 'sys/mounts/other', { type: 'notes', config })

    await expect(ask('write', 'sys/mounts/plain/tune', { default_lease_ttl: '2h', max_lease_ttl: '1h' })).rejects.toSatisfy(MountError.ttlCrossed.is)
    await expect(ask('write', 'sys/mounts/plain/tune', { default_lease_ttl: '9000h' })).rejects.toSatisfy(MountError.ttlCrossed.is)
    await expect(mount({ default_lease_ttl: '9000h' })).rejects.toSatisfy(MountError.ttlOrder.is)
    await expect(mount({ default_lease_ttl: '2h', max_lease_ttl: '1h' })).rejects.toSatisfy(MountError.ttlOrder.is)
    expect(await mount({ default_lease_ttl: '9000h', max_lease_ttl: '9000h' })).toMatchObject({ status: 204 })
  })

  it("grants by default no more than the mount's maximum, and shows what is set", async () => {
    const { ask } = await furnishedCore()
    await ask('write', 'sys/auth/door/tune', { max_lease_ttl: '1h' })

    const login = await ask('write', 'auth/door/login', {}, { token: undefined })

    expect(login.auth).toMatchObject({ lease_duration: 3600 })
    expect((await ask('read', 'sys/auth/door/tune')).data).toMatchObject({ default_lease_ttl: 2_764_800, max_lease_ttl: 3600 })
  })

  it.each(['identity', 'identity/deeper', 'audit', 'audit/file', 'auth', 'auth/token', 'auth/other', 'sys', 'sys/mounts', 'cubbyhole', 'cubbyhole/a'])(
    "refuses a secrets engine at %s, which is the server's, and goes on to take it elsewhere",
    async (at) => {
      const { ask } = await openCore()
      await expect(ask('write', `sys/mounts/${at}`, { type: 'notes' })).rejects.toMatchObject({ status: 400 })

      await ask('write', 'sys/mounts/plain', { type: 'notes' })
      await expect(ask('write', 'sys/remount', { from: 'plain', to: at })).rejects.toMatchObject({ status: 400 })
      expect(await ask('write', 'sys/mounts/other', { type: 'notes' })).toMatchObject({ status: 204 })
    },
  )

  it.each(['token', 'token/deeper'])("refuses an auth method at %s, which is the server's", async (at) => {
    const { ask } = await openCore()
    await expect(ask('write', `sys/auth/${at}`, { type: 'door' })).rejects.toSatisfy((error) => MountError.inUse.is(error) || MountError.overlaps.is(error))
  })

  it('takes a fraction of a second as a second, no blank TTL for 0, and no negative one for the system\'s', async () => {
    const { ask } = await openCore()
    const tune = (settings: Record<string, unknown>) => ask('write', 'sys/mounts/plain/tune', settings)
    await ask('write', 'sys/mounts/plain', { type: 'notes', config: { default_lease_ttl: 0.5, max_lease_ttl: '1.5s' } })
    expect((await ask('read', 'sys/mounts/plain/tune')).data).toMatchObject({ default_lease_ttl: 1, max_lease_ttl: 2 })

    await tune({ max_lease_ttl: '500ms' })
    await tune({ max_lease_ttl: ' ' })
    for (const ttl of ['-500ms', -0.5, '-2']) await expect(tune({ max_lease_ttl: ttl })).rejects.toMatchObject({ status: 400 })

    expect((await ask('read', 'sys/mounts/plain/tune')).data).toMatchObject({ max_lease_ttl: 1 })
  })

  it("leaves a TTL as it is where a client sends an empty one, and goes back to the system's for \"system\"", async () => {
    const { ask } = await openCore()
    const unsaid = { default_lease_ttl: '', max_lease_ttl: '', force_no_cache: false, options: null }
    await ask('write', 'sys/mounts/plain', { type: 'notes', config: { ...unsaid, max_lease_ttl: '20m', default_lease_ttl: '10m', force_no_cache: true } })

    await ask('write', 'sys/mounts/plain/tune', { ...unsaid, description: 'changed' })
    expect((await ask('read', 'sys/mounts/plain')).data).toMatchObject({
      description: 'changed', config: { default_lease_ttl: 600, max_lease_ttl: 1200, force_no_cache: true },
    })

    await ask('write', 'sys/mounts/plain/tune', { default_lease_ttl: '-1', max_lease_ttl: 'system' })
    expect((await ask('read', 'sys/mounts/plain')).data).toMatchObject({ config: { default_lease_ttl: -1, max_lease_ttl: 0 } })
    expect((await ask('read', 'sys/mounts/plain/tune')).data).toMatchObject({ default_lease_ttl: -1, max_lease_ttl: 2_764_800 })
  })

  const settings: Record<string, unknown>[] = [
    { listing_visibility: 'nope' }, { listing_visibility: 'Unauth' }, { plugin_version: 'v9.9.9' }, { default_lease_ttl: 'soon' }, { default_lease_ttl: '-5' },
    { max_lease_ttl: '9999999h' }, { audit_non_hmac_request_keys: { length: 1 } },
  ]
  it.each(settings)('refuses %j when it is tuned and when it is mounted, and changes nothing', async (setting) => {
    const { ask } = await furnishedCore()
    const before = (await ask('read', 'sys/mounts')).data

    await expect(ask('write', 'sys/mounts/notes/tune', { description: 'changed', ...setting })).rejects.toMatchObject({ status: 400 })
    await expect(ask('write', 'sys/mounts/other', { type: 'notes', config: setting })).rejects.toMatchObject({ status: 400 })

    expect((await ask('read', 'sys/mounts')).data).toEqual(before)
  })

  it.each([
    ['sys/mounts/notes', { token_type: 'service' }], ['sys/auth/door', { token_type: 'nope' }], ['sys/auth/door', { token_type: 'batch' }],
    ['sys/auth/token', { token_type: 'service' }], ['sys/auth/token', { user_lockout_config: { lockout_threshold: '2' } }],
    ['sys/mounts/notes', { user_lockout_config: { lockout_threshold: '2' } }], ['sys/mounts/sys', { description: 'x' }],
    ['sys/mounts/cubbyhole', { max_lease_ttl: '1h' }], ['sys/mounts/notes', { options: { version: '3' } }], ['sys/mounts/notes', { options: { version: 'x' } }],
  ])('refuses to tune %s with %j', async (path, input) => {
    const { ask } = await furnishedCore()

    await expect(ask('write', `${path}/tune`, input)).rejects.toMatchObject({ status: 400 })
  })

  it('leaves out what is emptied, and keeps lists that are given as text as lists', async () => {
    const { ask } = await openCore()
    const config = { listing_visibility: 'unauth', passthrough_request_headers: 'X-A,X-B', allowed_response_headers: ['X-C'], token_type: 'batch' }
    await ask('write', 'sys/mounts/plain', { type: 'notes', config })
    const read = async () => (await ask('read', 'sys/mounts/plain')).data?.['config']
    const plain = { default_lease_ttl: 0, max_lease_ttl: 0, force_no_cache: false }
    expect(await read()).toEqual({ ...plain, listing_visibility: 'unauth', passthrough_request_headers: ['X-A', 'X-B'], allowed_response_headers: ['X-C'] })

    await ask('write', 'sys/mounts/plain/tune', { listing_visibility: '', passthrough_request_headers: '', allowed_response_headers: [] })

    expect(await read()).toEqual(plain)
  })

  it('names an upgrade in a warning, and says of a version that is not there which ones are', async () => {
    const { ask } = await furnishedCore()
    const tune = (version: unknown) => ask('write', 'sys/mounts/notes/tune', { options: { version } })

    expect(await tune(2)).toMatchObject({ status: 200, warnings: [expect.stringContaining('from version 1 to version 2')] })
    expect(await tune('2')).toMatchObject({ status: 204 })
    expect(await tune('')).toMatchObject({ status: 204 })
    await expect(tune(1)).rejects.toMatchObject({ status: 400, message: 'cannot downgrade mount from version 2' })
    await expect(tune('3')).rejects.toMatchObject({ message: expect.stringContaining('version 1 and 2') })
    await expect(ask('write', 'sys/mounts/x', { type: 'notes', options: { version: '3' } })).rejects.toMatchObject({ message: expect.stringContaining('version 1 and 2') })
    expect((await ask('read', 'sys/mounts/notes')).data).toMatchObject({ options: { version: '2' } })
  })

  it('takes the type from where old clients put it', async () => {
    const { ask } = await openCore()
    await ask('write', 'sys/mounts/a', { type: 'plugin', config: { plugin_name: 'notes' } })
    await ask('write', 'sys/mounts/b', { type: 'plugin', plugin_name: 'notes' })

    expect((await ask('read', 'sys/mounts')).data).toMatchObject({ 'a/': { type: 'notes' }, 'b/': { type: 'notes' } })
    for (const input of [{ type: 'plugin' }, { type: '' }, {}]) {
      await expect(ask('write', 'sys/mounts/c', input)).rejects.toMatchObject({ status: 400 })
    }
  })

  it('lists an engine that was mounted by its old name under that name', async () => {
    const { ask } = await openCore({ engines: [{ ...notes, type: 'kv' }, { ...notes2, type: 'kv' }] })
    await ask('write', 'sys/mounts/old', { type: 'generic', options: { version: '2' } })
    await ask('write', 'old/a', { x: 1 })

    expect((await ask('read', 'sys/mounts/old')).data).toMatchObject({ type: 'generic', accessor: expect.stringMatching(/^generic_/) })
    expect((await ask('read', 'old/a')).data).toEqual({ x: 1, version: '1' })
    await expect(ask('write', 'sys/mounts/old/tune', { options: { version: '2' } })).rejects.toMatchObject({ status: 400 })
  })
})

describe('sys/remount', () => {
  it('says in a warning that the move can be followed, and tells from where to where it went', async () => {
    const { ask } = await furnishedCore()

    const first = await ask('write', 'sys/remount', { from: 'notes', to: 'new/place' })
    const second = await ask('write', 'sys/remount', { from: 'new/place', to: 'third' })

    expect(first.warnings).toEqual([expect.stringContaining('migration_id')])
    const status = async ({ data }: typeof first) => (await ask('read', `sys/remount/status/${String(data?.['migration_id'])}`)).data?.['migration_info']
    expect(await status(first)).toEqual({ source_mount: 'notes/', target_mount: 'new/place/', status: 'success' })
    expect(await status(second)).toEqual({ source_mount: 'new/place/', target_mount: 'third/', status: 'success' })
    for (const input of [{ from: 'third' }, { to: 'x' }, { from: '', to: '' }]) {
      await expect(ask('write', 'sys/remount', input)).rejects.toMatchObject({ status: 400, message: expect.stringContaining('from') })
    }
  })
})
