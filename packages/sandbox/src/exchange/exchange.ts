import { generatePrimeSync, randomBytes } from 'node:crypto'
import type { mtp } from '@mtcute/core'
import Long from 'long'
import { same, sha1, xor } from '../crypto/bytes.js'
import { exchangeIge, igeDecrypt, igeEncrypt } from '../crypto/ige.js'
import { group, modPow, safeInGroup, toBytes, toNumber } from '../crypto/numbers.js'
import { rsaOpen, type ServerKey } from '../crypto/rsa.js'
import { seconds, type Clock } from '../clock.js'
import { Malformed, UnknownConstructor } from '../errors.js'
import type { Schema } from '../tl/schema.js'
import { keyHashes, type KeyStore } from './auth-key.js'

/** What every exchange of one server has in common. */
export interface Foundation {
  readonly schema: Schema
  readonly serverKey: ServerKey
  readonly keys: KeyStore
  readonly clock: Clock
}

/** A client whose keys keep colliding with known ones is told to give up rather than to try for ever. */
const MOST_RETRIES = 3

interface Nonces {
  readonly nonce: Uint8Array
  readonly serverNonce: Uint8Array
}
interface Asked extends Nonces {
  readonly step: 'asked'
  readonly pq: bigint
}
interface Proven extends Omit<Asked, 'step'> {
  readonly step: 'proven'
  readonly newNonce: Uint8Array
  readonly expiresIn?: number
  readonly dc?: number
  readonly a: bigint
  /** What a retried answer must name: the hash of the key refused before it. */
  readonly retryId: bigint
  readonly retries: number
}
type State = { readonly step: 'idle' } | Asked | Proven

type Verdict = mtp.RawMt_dh_gen_ok | mtp.RawMt_dh_gen_retry | mtp.RawMt_dh_gen_fail
type Answer = mtp.RawMt_resPQ | mtp.RawMt_server_DH_params_ok | Verdict
type Old = { readonly _: 'mt_req_pq'; readonly nonce: Uint8Array }
type Question = mtp.RawMt_req_pq_multi | Old | mtp.RawMt_req_DH_params | mtp.RawMt_set_client_DH_params
type InnerData = (mtp.RawMt_p_q_inner_data_dc | mtp.RawMt_p_q_inner_data_temp_dc) & { readonly expiresIn?: number; readonly dc?: number }

/**
 * The server's half of making an authorization key, one per connection
 * (https://core.telegram.org/mtproto/auth_key). It is a line of three questions: each is answered only in its
 * place, with the nonces of those before it, and anything else ends the connection.
 */
export class Exchange {
  readonly #foundation: Foundation
  #state: State = { step: 'idle' }

  constructor(foundation: Foundation) {
    this.#foundation = foundation
  }

  answer(body: Uint8Array): Uint8Array {
    const { schema } = this.#foundation
    try {
      return schema.write(this.#answer(schema.object(body) as Question))
    } catch (error) {
      if (!(error instanceof UnknownConstructor)) throw error
      throw new Malformed('no part of a key exchange', { cause: error }) // which no client has extended yet
    }
  }

  #answer(question: Question): Answer {
    switch (question._) {
      case 'mt_req_pq':
      case 'mt_req_pq_multi': return this.#begin(question.nonce)
      case 'mt_req_DH_params': return this.#prove(this.#at('asked', question), question)
      case 'mt_set_client_DH_params': return this.#finish(this.#at('proven', question), question)
      default: throw new Malformed('not a question of the key exchange')
    }
  }

  #at<S extends 'asked' | 'proven'>(step: S, { nonce, serverNonce }: Nonces): Extract<State, { step: S }> {
    const state = this.#state
    if (state.step === 'idle' || state.step !== step) throw new Malformed('a question out of turn')
    if (!same(nonce, state.nonce) || !same(serverNonce, state.serverNonce)) throw new Malformed('nonces')
    return state as Extract<State, { step: S }>
  }

  #begin(nonce: Uint8Array): mtp.RawMt_resPQ {
    const pq = generatePrimeSync(31, { bigint: true }) * generatePrimeSync(31, { bigint: true })
    const serverNonce = randomBytes(16)
    this.#state = { step: 'asked', nonce: Uint8Array.from(nonce), serverNonce, pq }
    const fingerprint = Long.fromString(this.#foundation.serverKey.fingerprint.toString(16), true, 16)
    return { _: 'mt_resPQ', nonce, serverNonce, pq: toBytes(pq, 8), serverPublicKeyFingerprints: [fingerprint] }
  }

  #prove(asked: Asked, question: mtp.RawMt_req_DH_params): mtp.RawMt_server_DH_params_ok {
    if (BigInt(question.publicKeyFingerprint.toUnsigned().toString()) !== this.#foundation.serverKey.fingerprint) {
      throw new Malformed('another key')
    }
    const inner = this.#innerData(asked, question)
    const a = toNumber(randomBytes(256))
    this.#state = {
      ...asked,
      step: 'proven',
      newNonce: Uint8Array.from(inner.newNonce),
      ...(inner.expiresIn !== undefined && { expiresIn: inner.expiresIn }),
      ...(inner.dc !== undefined && { dc: inner.dc }),
      a,
      retryId: 0n,
      retries: 0,
    }
    return this.#parameters(this.#state)
  }

  /** The client shows that it could factor pq; that it did so for this exchange is in the nonces it sealed. */
  #innerData(asked: Asked, question: mtp.RawMt_req_DH_params): InnerData {
    const { schema, serverKey } = this.#foundation
    const data = rsaOpen(serverKey, question.encryptedData, (sealed) => schema.read(sealed).length)
    const inner = schema.object(data) as InnerData
    if (!inner._.startsWith('mt_p_q_inner_data')) throw new Malformed('inner data')
    const [p, q] = [toNumber(inner.p), toNumber(inner.q)]
    const factored = p > 1n && q > 1n && p * q === asked.pq && toNumber(inner.pq) === asked.pq
    const agreed = p === toNumber(question.p) && q === toNumber(question.q)
    if (!factored || !agreed) throw new Malformed('proof of work')
    if (!same(inner.nonce, asked.nonce) || !same(inner.serverNonce, asked.serverNonce)) throw new Malformed('nonces')
    return inner
  }

  #parameters({ nonce, serverNonce, newNonce, a }: Proven): mtp.RawMt_server_DH_params_ok {
    const { schema, clock } = this.#foundation
    const inner = schema.write({
      _: 'mt_server_DH_inner_data',
      nonce,
      serverNonce,
      g: group.g,
      dhPrime: group.prime,
      gA: toBytes(modPow(BigInt(group.g), a, group.p)),
      serverTime: seconds(clock),
    } satisfies mtp.RawMt_server_DH_inner_data)
    const hashed = Buffer.concat([sha1(inner), inner])
    const whole = Buffer.concat([hashed, randomBytes((16 - (hashed.length % 16)) % 16)])
    const encryptedAnswer = igeEncrypt(exchangeIge(serverNonce, newNonce), whole)
    return { _: 'mt_server_DH_params_ok', nonce, serverNonce, encryptedAnswer }
  }

  #finish(proven: Proven, question: mtp.RawMt_set_client_DH_params): Verdict {
    const { keys, clock } = this.#foundation
    const gB = this.#clientShare(proven, question)
    if (!safeInGroup(gB)) return this.#verdict('mt_dh_gen_fail', proven, Buffer.alloc(8))
    const secret = toBytes(modPow(gB, proven.a, group.p))
    const { id, auxiliary } = keyHashes(secret)
    if (keys.holds(id)) return this.#retry(proven, auxiliary)
    const firstSalt = Buffer.from(xor(proven.newNonce.subarray(0, 8), proven.serverNonce)).readBigUInt64LE(0)
    const { expiresIn, dc } = proven
    keys.add({ id, secret, firstSalt, ...(dc !== undefined && { dc }), ...(expiresIn !== undefined && { expiresAt: seconds(clock) + expiresIn }) })
    return this.#verdict('mt_dh_gen_ok', proven, auxiliary)
  }

  #clientShare(proven: Proven, { encryptedData }: mtp.RawMt_set_client_DH_params): bigint {
    const { schema } = this.#foundation
    const plain = igeDecrypt(exchangeIge(proven.serverNonce, proven.newNonce), encryptedData)
    const { value, length } = schema.read(plain.subarray(20))
    if (!same(sha1(plain.subarray(20, 20 + length)), plain.subarray(0, 20))) throw new Malformed('client data hash')
    const inner = value as mtp.RawMt_client_DH_inner_data
    if (inner._ !== 'mt_client_DH_inner_data') throw new Malformed('client data')
    if (!same(inner.nonce, proven.nonce) || !same(inner.serverNonce, proven.serverNonce)) throw new Malformed('nonces')
    if (BigInt(inner.retryId.toUnsigned().toString()) !== proven.retryId) throw new Malformed('retry id')
    return toNumber(inner.gB)
  }

  /** A second key under one id would let its owner read the first one's messages as its own. */
  #retry(proven: Proven, auxiliary: Buffer): Verdict {
    if (proven.retries === MOST_RETRIES) return this.#verdict('mt_dh_gen_fail', proven, auxiliary)
    const answer = this.#verdict('mt_dh_gen_retry', proven, auxiliary)
    this.#state = { ...proven, retryId: auxiliary.readBigUInt64LE(0), retries: proven.retries + 1 }
    return answer
  }

  /** The hash names the verdict by a number between nonce and key, so that one cannot be passed off as another. */
  #verdict(_: Verdict['_'], { nonce, serverNonce, newNonce }: Proven, auxiliary: Buffer): Verdict {
    this.#state = { step: 'idle' }
    const hash = (number: number) => sha1(newNonce, Uint8Array.of(number), auxiliary).subarray(4)
    if (_ === 'mt_dh_gen_ok') return { _, nonce, serverNonce, newNonceHash1: hash(1) }
    if (_ === 'mt_dh_gen_retry') return { _, nonce, serverNonce, newNonceHash2: hash(2) }
    return { _, nonce, serverNonce, newNonceHash3: hash(3) }
  }
}
