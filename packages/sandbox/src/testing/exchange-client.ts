import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import type { mtp } from '@mtcute/core'
import Long from 'long'
import { sha1, sha256, xor } from '../crypto/bytes.js'
import { exchangeIge, igeDecrypt, igeEncrypt } from '../crypto/ige.js'
import { modPow, toBytes, toNumber } from '../crypto/numbers.js'
import { keyHashes } from '../exchange/auth-key.js'
import type { Schema } from '../tl/schema.js'

/** What a test may do differently from an honest client. */
export interface Manner {
  readonly multi?: boolean
  readonly padding?: 'rsaPad' | 'sha1'
  /** Seconds a temporary key is to live. */
  readonly expiresIn?: number
  readonly b?: bigint
  /** Changes any object before it goes out, sealed inner ones too. */
  readonly tamper?: (sent: Loose) => Loose
}

/** A TL object a test wrote by hand. */
export type Loose = { readonly _: string } & Record<string, unknown>

export interface Made {
  readonly secret: Uint8Array
  readonly salt: bigint
  readonly id: bigint
  /** As many as the server asked for. */
  readonly retries: number
}

type Verdict = mtp.RawMt_dh_gen_ok | mtp.RawMt_dh_gen_retry | mtp.RawMt_dh_gen_fail

/** The client's half of the key exchange, to test the server's against in ways that no real client offers. */
export class ExchangeClient {
  readonly #schema: Schema
  readonly #pem: string
  readonly #ask: (body: Uint8Array) => Promise<Uint8Array>
  readonly #manner: Manner

  constructor(schema: Schema, pem: string, ask: (body: Uint8Array) => Promise<Uint8Array>, manner: Manner = {}) {
    this.#schema = schema
    this.#pem = pem
    this.#ask = ask
    this.#manner = manner
  }

  async run(): Promise<Made | Verdict> {
    const nonce = randomBytes(16)
    const question = this.#manner.multi === false ? 'mt_req_pq' : 'mt_req_pq_multi'
    const resPq = await this.#send<mtp.RawMt_resPQ>({ _: question, nonce })
    const newNonce = randomBytes(32)
    const parameters = await this.#send<mtp.RawMt_server_DH_params_ok>(this.#proof(resPq, nonce, newNonce))
    return this.#agree(parameters, newNonce)
  }

  #proof(resPq: mtp.RawMt_resPQ, nonce: Uint8Array, newNonce: Uint8Array): Loose {
    const { pq, serverNonce, serverPublicKeyFingerprints: [publicKeyFingerprint] } = resPq
    const [p, q] = factor(toNumber(pq)).map((prime) => toBytes(prime, 4))
    const { expiresIn, padding = 'rsaPad' } = this.#manner
    const common = { pq, p, q, nonce, serverNonce, newNonce }
    const inner =
      expiresIn === undefined
        ? { _: padding === 'sha1' ? 'mt_p_q_inner_data' : 'mt_p_q_inner_data_dc', dc: 2, ...common }
        : { _: 'mt_p_q_inner_data_temp_dc', dc: 2, expiresIn, ...common }
    const data = this.#write(inner)
    const encryptedData = padding === 'sha1' ? sealOld(this.#pem, data) : seal(this.#pem, data)
    return { _: 'mt_req_DH_params', nonce, serverNonce, p, q, publicKeyFingerprint, encryptedData }
  }

  async #agree(parameters: mtp.RawMt_server_DH_params_ok, newNonce: Uint8Array): Promise<Made | Verdict> {
    const { nonce, serverNonce } = parameters
    const ige = exchangeIge(serverNonce, newNonce)
    const plain = igeDecrypt(ige, parameters.encryptedAnswer)
    const { g, gA, dhPrime } = this.#schema.object(plain.subarray(20)) as mtp.RawMt_server_DH_inner_data
    const p = toNumber(dhPrime)
    for (let retries = 0, retryId = Long.ZERO; ; retries++) {
      const b = this.#manner.b ?? toNumber(randomBytes(256))
      const gB = toBytes(modPow(BigInt(g), b, p))
      const inner = this.#write({ _: 'mt_client_DH_inner_data', nonce, serverNonce, retryId, gB })
      const hashed = Buffer.concat([sha1(inner), inner])
      const encryptedData = igeEncrypt(ige, Buffer.concat([hashed, randomBytes(-hashed.length & 15)]))
      const verdict = await this.#send<Verdict>({ _: 'mt_set_client_DH_params', nonce, serverNonce, encryptedData })
      const secret = toBytes(modPow(toNumber(gA), b, p))
      const { id, auxiliary } = keyHashes(secret)
      if (verdict._ === 'mt_dh_gen_fail') return verdict
      if (verdict._ === 'mt_dh_gen_ok') return { id, secret, retries, salt: firstSalt(newNonce, serverNonce) }
      retryId = Long.fromBytesLE([...auxiliary])
    }
  }

  async #send<T>(object: Loose): Promise<T> {
    return this.#schema.object(await this.#ask(this.#write(object))) as T
  }

  #write(object: Loose): Uint8Array {
    return this.#schema.write(this.#manner.tamper?.(object) ?? object)
  }
}

export const made = (result: Made | Verdict): result is Made => 'secret' in result

function firstSalt(newNonce: Uint8Array, serverNonce: Uint8Array): bigint {
  return Buffer.from(xor(newNonce.subarray(0, 8), serverNonce)).readBigUInt64LE()
}

/** Pollard's rho; pq is small enough for it. */
function factor(pq: bigint): [bigint, bigint] {
  const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))
  for (let c = 1n; ; c++) {
    let [x, y, d] = [2n, 2n, 1n]
    const step = (z: bigint) => (z * z + c) % pq
    while (d === 1n) {
      x = step(x)
      y = step(step(y))
      d = gcd(x > y ? x - y : y - x, pq)
    }
    if (d !== pq) return d < pq / d ? [d, pq / d] : [pq / d, d]
  }
}

function seal(pem: string, data: Uint8Array): Uint8Array {
  const filled = Buffer.concat([data, randomBytes(192 - data.length)])
  for (;;) {
    const key = randomBytes(32)
    const hashed = Buffer.concat([Buffer.from(filled).reverse(), sha256(key, filled)])
    const body = igeEncrypt({ key, iv: Buffer.alloc(32) }, hashed)
    const whole = Buffer.concat([xor(key, sha256(body)), body])
    if (whole[0]! < 0x80) return raw(pem, whole) // surely below the modulus
  }
}

function sealOld(pem: string, data: Uint8Array): Uint8Array {
  return raw(pem, Buffer.concat([Buffer.alloc(1), sha1(data), data, randomBytes(235 - data.length)]))
}

const raw = (pem: string, whole: Buffer) =>
  publicEncrypt({ key: createPublicKey(pem), padding: constants.RSA_NO_PADDING }, whole)
