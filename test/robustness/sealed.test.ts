import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startVault, type TestVault } from '../support/server.js'
import { mustAsk, type Question } from './ask.js'
import { startHouse } from './house.js'
import { countInMemory } from './memory.js'
import { keysOf } from './vault-keys.js'

describe('a sealed server', () => {
  let vault: TestVault
  beforeAll(async () => {
    vault = await startVault('http')
    await mustAsk(vault.address, { path: 'secret/data/a', token: vault.rootToken, input: { data: { is: 'kept' } } })
    await vault.server.core.seal()
  })
  afterAll(() => vault.close())

  const questions: Question[] = [
    ...['secret/data/a', 'secret/data/missing', 'secret/metadata/?list=true', 'secret/config', 'cubbyhole/a', 'nowhere/at/all'],
    ...['sys/mounts', 'sys/auth', 'sys/policies/acl/root', 'sys/policies/acl?list=true', 'sys/audit', 'sys/key-status', 'sys/ha-status', 'sys/nothing'],
    ...['auth/token/lookup-self', 'auth/token/accessors?list=true', 'auth/none/login', 'sys/internal/ui/mounts', 'sys/internal/specs/openapi'],
    ...['sys/health?help=1', 'sys/mounts?help=1', 'secret/data/a?help=1'],
  ].map((path) => ({ path }))
  const writes: Question[] = [
    ...['secret/data/a', 'sys/rotate', 'sys/mounts/a', 'sys/auth/a', 'sys/policies/acl/a', 'sys/audit/a', 'sys/remount', 'sys/capabilities-self'],
    ...['auth/token/create', 'auth/token/renew-self', 'auth/token/revoke-self', 'sys/wrapping/wrap', 'sys/wrapping/unwrap', 'sys/wrapping/lookup'],
  ].map((path) => ({ path, input: { token: 'a', type: 'kv' } }))
  const removals: Question[] = ['secret/data/a', 'sys/mounts/secret', 'sys/policies/acl/a', 'cubbyhole/a'].map((path) => ({ path, method: 'DELETE' }))

  it.each([...questions, ...writes, ...removals])('refuses $method $path to the root token and to nobody alike', async (question) => {
    for (const token of [vault.rootToken, undefined, 'hvs.unknown']) {
      const { status, body } = await mustAsk(vault.address, { ...question, token })
      expect({ status, body }).toEqual({ status: 503, body: { errors: ['Vault is sealed'] } })
    }
  })

  it.each([
    ['sys/health', 503],
    ['sys/seal-status', 200],
    ['sys/init', 200],
    ['sys/leader', 200],
  ])('still tells its state at %s', async (path, status) => {
    expect((await mustAsk(vault.address, { path })).status).toBe(status)
  })

  it('says the same of a request that was under way when it was sealed, or answers it', async () => {
    const other = await startVault('http')
    try {
      const reads = Array.from({ length: 40 }, () => mustAsk(other.address, { path: 'sys/mounts', token: other.rootToken }))
      const sealing = mustAsk(other.address, { method: 'PUT', path: 'sys/seal', token: other.rootToken })
      const answers = await Promise.all(reads)

      expect((await sealing).status).toBe(204)
      for (const { status, body } of answers) {
        if (status !== 200) expect({ status, body }).toEqual({ status: 503, body: { errors: ['Vault is sealed'] } })
      }
    } finally {
      await other.close()
    }
  })
})

describe('the memory of a sealed server', () => {
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sealed-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  const mark = 'a secret that was read and written'

  /** Founds a vault, and stops it, so that what is searched for comes from its storage. */
  async function founded() {
    const house = await startHouse({ folder, seal: 'shamir' })
    const { body } = await mustAsk(house.url, { path: 'sys/init', input: { secret_shares: 1, secret_threshold: 1 } })
    await house.kill()
    const share = Buffer.from(body.keys_base64[0] as string, 'base64')
    return { root: body.root_token as string, share, keys: await keysOf(join(folder, 'vault'), share) }
  }

  /** A server that was unsealed and used. */
  async function used(share: Buffer, token: string) {
    const house = await startHouse({ folder, seal: 'shamir' })
    await mustAsk(house.url, { path: 'sys/unseal', input: { key: share.toString('base64') } })
    await mustAsk(house.url, { path: 'sys/mounts/kv', token, input: { type: 'kv', options: { version: '2' } } })
    await mustAsk(house.url, { path: 'kv/data/a', token, input: { data: { mark } } })
    const { body } = await mustAsk(house.url, { path: 'kv/data/a', token })
    expect(body.data.data).toEqual({ mark })
    return house
  }

  // Strings cannot be wiped: what a request's JSON, a token or a share was parsed from lies in freed memory until something
  // else is written there. So raw memory is searched for keys, which are bytes and are zeroed, and not for strings.
  it.runIf(process.platform === 'linux')('holds no key: not the root key, not a term of the barrier, not the share', async () => {
    const { root, share, keys } = await founded()
    const house = await used(share, root)
    const needles = { rootKey: keys.rootKey, term: keys.terms[0] ?? share, share }

    const before = countInMemory(house.pid, needles)
    await mustAsk(house.url, { method: 'PUT', path: 'sys/seal', token: root })
    await house.ask({ collect: true })
    const after = countInMemory(house.pid, needles)
    await house.kill()

    expect(before.rootKey).toBeGreaterThan(0)
    expect(before.term).toBeGreaterThan(0)
    expect(after).toEqual({ rootKey: 0, term: 0, share: 0 })
  })

  // The heap is what can still be reached, strings included: after a collection it holds no string that nobody refers to.
  it('reaches no token, no share and no secret', async () => {
    const { root, share } = await founded()
    const house = await used(share, root)
    const [open, sealed] = [join(folder, 'open.heapsnapshot'), join(folder, 'sealed.heapsnapshot')]

    await house.ask({ collect: true, snapshot: open })
    await mustAsk(house.url, { method: 'PUT', path: 'sys/seal', token: root })
    await house.ask({ collect: true, snapshot: sealed })
    await house.kill()

    expect(readFileSync(open, 'latin1')).toContain(root)
    const reached = readFileSync(sealed, 'latin1')
    const lingering = Object.entries({ root, share: share.toString('base64'), hex: share.toString('hex'), mark }).filter(([, text]) => reached.includes(text))
    expect(lingering.map(([name]) => name)).toEqual([])
  })
})
