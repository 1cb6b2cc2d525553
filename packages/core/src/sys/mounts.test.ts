import { describe, expect, it } from 'vitest'
import { MountError } from '../errors.js'
import { openCore } from '../testing/open-core.js'

describe('sys/mounts', () => {
  it('shows options as they were given, and null where none were', async () => {
    const { ask } = await openCore()
    await ask('write', 'sys/mounts/plain', { type: 'notes' })
    await ask('write', 'sys/mounts/second', { type: 'notes', options: { version: '2' } })

    expect(await ask('read', 'sys/mounts/plain')).toMatchObject({ data: { options: null } })
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

    const tune = (input: Record<string, unknown>) => ask('write', 'sys/mounts/plain/tune', input)

    await expect(tune({ default_lease_ttl: '2h', max_lease_ttl: '1h' })).rejects.toSatisfy(MountError.ttlOrder.is)
    await expect(tune({ default_lease_ttl: '9000h' })).rejects.toSatisfy(MountError.ttlOrder.is)
    const mounting = ask('write', 'sys/mounts/other', { type: 'notes', config: { default_lease_ttl: '9000h' } })
    await expect(mounting).rejects.toSatisfy(MountError.ttlOrder.is)
    expect(await tune({ default_lease_ttl: '9000h', max_lease_ttl: '9000h' })).toMatchObject({ status: 204 })
  })

  it("grants by default no more than the mount's maximum", async () => {
    const { ask } = await openCore()
    await ask('write', 'sys/mounts/plain', { type: 'notes', config: { max_lease_ttl: '1h' } })

    const { data } = await ask('read', 'sys/mounts/plain/tune')

    expect(data).toMatchObject({ default_lease_ttl: 3600, max_lease_ttl: 3600 })
  })
})
