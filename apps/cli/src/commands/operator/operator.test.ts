import { afterEach, describe, expect, it } from 'vitest'
import { run } from '../../testing/run.js'
import { envelope, serving, type Answers } from '../../testing/server.js'

let close: (() => Promise<void>) | undefined
afterEach(async () => {
  await close?.()
  close = undefined
})

/** One command line against a server that knows `answers`. */
async function told(words: string, answers: Answers) {
  const server = await serving(answers)
  close = server.close
  const ran = await run(words.split(' '), { env: { VAULT_ADDR: server.address, VAULT_TOKEN: 't' } })
  return { ...ran, asked: server.asked }
}

const node = (name: string, more: object = {}) => ({
  hostname: name, api_address: `https://${name}:8200`, cluster_address: '', active_node: true, last_echo: '2030-01-01T00:00:00Z',
  version: '1.16.3', upgrade_version: '1.16.3', sealed: false, caretaker: false, ...more,
})

describe('operator seal', () => {
  it('seals one node with no body that a Vault would not know', async () => {
    const { code, out, asked } = await told('operator seal', { 'PUT /v1/sys/seal': 204 })

    expect([code, out]).toEqual([0, 'Success! Vault is sealed.\n'])
    expect(asked[0]?.body).toEqual({})
  })

  it('seals all and names them', async () => {
    const { code, out, asked } = await told('operator seal -all', { 'PUT /v1/sys/seal': envelope({ sealed: ['a', 'b'], unconfirmed: [] }) })

    expect([code, out]).toEqual([0, 'Success! Sealed: a, b\n'])
    expect(asked[0]?.body).toEqual({ all: true })
  })

  it('warns of nodes that have not said so, and ends with 2', async () => {
    const { code, err } = await told('operator seal -all', { 'PUT /v1/sys/seal': envelope({ sealed: ['a'], unconfirmed: ['b'] }) })

    expect([code, err]).toEqual([2, expect.stringContaining('Not known to be sealed: b.')])
  })
})

describe('operator members', () => {
  const answers = { 'GET /v1/sys/ha-status': envelope({ nodes: [node('a', { caretaker: true }), node('b', { active_node: false, sealed: true })] }) }

  it('shows the nodes in the form of Vault, with what only we have', async () => {
    const { code, out } = await told('operator members', answers)

    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['Host Name', 'API Address', 'Cluster Address', 'Active Node', 'Sealed', 'Caretaker', 'Version', 'Last Echo'],
      expect.anything(),
      ['a', 'https://a:8200', 'n/a', 'true', 'false', 'true', '1.16.3', '2030-01-01T00:00:00Z'],
      ['b', 'https://b:8200', 'n/a', 'false', 'true', 'false', '1.16.3', '2030-01-01T00:00:00Z'],
      [''],
    ])
  })

  it('gives a script what the server said', async () => {
    const { out } = await told('operator members -format=json', answers)

    expect(JSON.parse(out)).toMatchObject({ Nodes: [{ hostname: 'a', caretaker: true }, { hostname: 'b', sealed: true }] })
  })
})

describe('operator leases', () => {
  it('says whether they are held, and releases them', async () => {
    const held = { 'GET /v1/sys/leases/hold': envelope({ held: true, held_since: '2030-01-01T00:00:00Z' }) }
    expect((await told('operator leases status', held)).out).toMatch(/Held +true\nHeld Since +2030-01-01T00:00:00Z\n/)
    await close?.()

    const { code, out, asked } = await told('operator leases release', { 'DELETE /v1/sys/leases/hold': 204 })

    expect([code, out, asked.map(({ method }) => method)]).toEqual([0, 'Success! What is due will be revoked from now on.\n', ['DELETE']])
  })
})
