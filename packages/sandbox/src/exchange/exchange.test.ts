import fc from 'fast-check'
import Long from 'long'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { group } from '../crypto/numbers.js'
import { makeServerKey, type ServerKey } from '../crypto/rsa.js'
import { Malformed } from '../errors.js'
import { ExchangeClient, made, type Manner, type Loose } from '../testing/exchange-client.js'
import { Schema } from '../tl/schema.js'
import type { AuthKey } from './auth-key.js'
import { Exchange } from './exchange.js'

const schema = new Schema()
const now = new Date('2026-01-01T00:00:00Z')

describe('the key exchange', () => {
  let serverKey: ServerKey
  let keys: Map<bigint, AuthKey>
  let collisions: number
  let exchange: Exchange

  beforeAll(() => {
    serverKey = makeServerKey()
  })

  beforeEach(() => {
    keys = new Map()
    collisions = 0
    const holds = (id: bigint) => collisions-- > 0 || keys.has(id)
    const add = (key: AuthKey) => void keys.set(key.id, key)
    exchange = new Exchange({ schema, serverKey, keys: { holds, add }, clock: () => now })
  })

  const client = (manner: Manner = {}) =>
    new ExchangeClient(schema, serverKey.publicKeyPem, async (body) => exchange.answer(body), manner).run()

  it.each<[string, Manner]>([
    ['RSA_PAD', {}],
    ['the old padding', { padding: 'sha1' }],
    ['req_pq', { multi: false }],
  ])('makes one key for both sides, with %s', async (_, manner) => {
    const result = await client(manner)

    if (!made(result)) throw new Error(result._)
    const { id, secret, salt: firstSalt } = result
    expect(keys.get(id)).toMatchObject({ id, secret, firstSalt })
  })

  it('lets a temporary key expire when the client said', async () => {
    await client({ expiresIn: 3600 })
    expect([...keys.values()][0]?.expiresAt).toBe(now.getTime() / 1000 + 3600)
  })

  it('asks for another share when the key is known already', async () => {
    collisions = 2
    const result = await client()
    expect(made(result) && result.retries).toBe(2)
    expect(keys.size).toBe(1)
  })

  it('gives up on a client whose keys collide for ever', async () => {
    collisions = 100
    expect(await client()).toMatchObject({ _: 'mt_dh_gen_fail' })
    expect(keys.size).toBe(0)
  })

  it.each([0n, 1n, group.p - 1n])('fails on a share outside the safe range (g to the power %s)', async (b) => {
    expect(await client({ b })).toMatchObject({ _: 'mt_dh_gen_fail' })
    expect(keys.size).toBe(0)
  })

  it.each<[string, string, Partial<Loose>]>([
    ['a foreign nonce in the second question', 'mt_req_DH_params', { nonce: Buffer.alloc(16) }],
    ['a foreign server nonce in the second question', 'mt_req_DH_params', { serverNonce: Buffer.alloc(16) }],
    ['another fingerprint', 'mt_req_DH_params', { publicKeyFingerprint: Long.ONE }],
    ['factors that are not those of pq', 'mt_req_DH_params', { p: Buffer.from([7]) }],
    ['a foreign nonce under the RSA key', 'mt_p_q_inner_data_dc', { nonce: Buffer.alloc(16) }],
    ['a foreign server nonce under the RSA key', 'mt_p_q_inner_data_dc', { serverNonce: Buffer.alloc(16) }],
    ['a proof without work', 'mt_p_q_inner_data_dc', { p: Buffer.from([1]) }],
    ['a foreign nonce in the third question', 'mt_set_client_DH_params', { nonce: Buffer.alloc(16) }],
    ['a foreign nonce under the temporary key', 'mt_client_DH_inner_data', { nonce: Buffer.alloc(16) }],
    ['a retry that was not asked for', 'mt_client_DH_inner_data', { retryId: Long.ONE }],
    ['a client share that was changed on the way', 'mt_set_client_DH_params', { encryptedData: Buffer.alloc(320) }],
  ])('refuses %s', async (_, which, change) => {
    const tampered = client({ tamper: (sent) => (sent._ === which ? { ...sent, ...change } : sent) })
    await expect(tampered).rejects.toThrow(Malformed)
    expect(keys.size).toBe(0)
  })

  it('refuses a question out of turn', () => {
    const [nonce, serverNonce, encryptedData] = [Buffer.alloc(16), Buffer.alloc(16), Buffer.alloc(16)]
    const early = schema.write({ _: 'mt_set_client_DH_params', nonce, serverNonce, encryptedData } as Loose)
    expect(() => exchange.answer(early)).toThrow(Malformed)
  })

  it('refuses the last question when it comes again', async () => {
    let last: Uint8Array = Buffer.alloc(0)
    await new ExchangeClient(schema, serverKey.publicKeyPem, async (body) => exchange.answer((last = body))).run()

    expect(() => exchange.answer(last)).toThrow(Malformed)
  })

  it('refuses or answers, and never hangs, whatever is sealed for it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (encryptedData) => {
        const nonce = Buffer.alloc(16, 1)
        const { serverNonce } = schema.object(exchange.answer(schema.write({ _: 'mt_req_pq_multi', nonce }))) as never
        const publicKeyFingerprint = Long.fromString(serverKey.fingerprint.toString(), true)
        const part = { nonce, serverNonce, p: Buffer.from([1]), q: Buffer.from([1]), publicKeyFingerprint }
        expect(() => exchange.answer(schema.write({ _: 'mt_req_DH_params', ...part, encryptedData }))).toThrow()
      }),
      { numRuns: 30 },
    )
  })

  it('never makes a server key whose fingerprint mtcute could not find', () => {
    expect(serverKey.fingerprint.toString(16)).toHaveLength(16)
  })
})
