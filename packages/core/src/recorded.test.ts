import { describe, expect, it } from 'vitest'
import { openCore } from './testing/open-core.js'

async function audited() {
  const house = await openCore()
  await house.ask('write', 'sys/audit/tape', { type: 'tape' })
  house.tape.lines.length = 0
  const records = () => house.tape.lines.map((line) => JSON.parse(line) as { type: string; error?: string; request: { path: string }; auth?: { accessor: string } })
  return { ...house, records }
}

describe('the audit log', () => {
  it('has a request whose namespace is refused, with the token it came with', async () => {
    const { ask, records } = await audited()

    await expect(ask('read', 'sys/mounts', {}, { namespace: 'team' })).rejects.toMatchObject({ status: 403 })

    const shown = { error: 'namespaces feature not enabled', request: { path: 'sys/mounts' }, auth: { accessor: expect.stringMatching(/^hmac-sha256:/) } }
    expect(records()).toMatchObject([{ type: 'request', ...shown }, { type: 'response', ...shown }])
  })

  it('has a request that a damaged record stops before it could be judged', async () => {
    const { ask, records, storage } = await audited()
    const { value } = (await storage.get('sys/policy/default'))!
    await storage.commit([{ put: 'sys/policy/default', value: value.slice(1) }])
    const { auth } = await ask('write', 'auth/token/create', { policies: ['default'] })
    records().length = 0

    await expect(ask('read', 'auth/token/lookup-self', {}, { token: auth?.client_token })).rejects.toMatchObject({ status: 500 })

    expect(records().slice(-2)).toMatchObject([{ type: 'request', request: { path: 'auth/token/lookup-self' } }, { type: 'response' }])
    expect(records().at(-1)?.error).toBeDefined()
  })

  it('has what a sealed vault answers too, while this one is not, refusals included, but for what is asked every second', async () => {
    const { ask, records } = await audited()
    const of = async (verb: 'read' | 'write', path: string, input = {}) => {
      const before = records().length
      await ask(verb, path, input, { token: undefined }).catch(() => undefined)
      return records().slice(before).map(({ type, request, error }) => [type, request.path, error !== undefined])
    }

    expect(await of('write', 'sys/unseal', { reset: true })).toMatchObject([['request', 'sys/unseal', false], ['response', 'sys/unseal', expect.anything()]])
    expect(await of('write', 'sys/unseal', {})).toEqual([['request', 'sys/unseal', false], ['response', 'sys/unseal', true]])
    expect(await of('read', 'sys/leader')).toEqual([['request', 'sys/leader', false], ['response', 'sys/leader', false]])
    expect(await of('read', 'sys/init')).toEqual([['request', 'sys/init', false], ['response', 'sys/init', false]])
    expect([await of('read', 'sys/health'), await of('read', 'sys/seal-status')]).toEqual([[], []])
  })

  it('shows no share of a key', async () => {
    const { ask, tape, keys } = await audited()
    const share = Buffer.from(keys[0]!).toString('hex')

    await ask('write', 'sys/unseal', { key: share }, { token: undefined }).catch(() => undefined)

    expect(tape.lines).toHaveLength(2)
    expect(tape.lines.join()).not.toContain(share)
  })

  it('that cannot be written keeps such an answer back', async () => {
    const { ask, tape } = await audited()
    tape.accepts = () => false

    for (const path of ['sys/leader', 'sys/init']) await expect(ask('read', path, {}, { token: undefined })).rejects.toMatchObject({ status: 500 })
    expect((await ask('read', 'sys/health', {}, { token: undefined })).status).toBe(200)
  })
})

describe('a sealed vault', () => {
  it.each(['sys/seal', 'sys/step-down'])('is what %s asks for already', async (path) => {
    const { ask, core } = await openCore()
    await core.seal()

    expect(await ask('write', path, {}, { token: undefined })).toMatchObject({ status: 204 })
    await expect(ask('read', path)).rejects.toMatchObject({ status: 503 })
  })
})
