import {
  aeadKeyLength,
  combine,
  CryptoError,
  randomBytes,
  type Random,
  type ShareCount,
  sharesOpen,
  split,
  zero,
} from '@chatelaine/crypto'
import { isShared, strict, type Storage, type Write } from '@chatelaine/sdk'
import type { Barrier } from './barrier.js'
import { BarrierError } from './errors.js'
import { Progress } from './progress.js'
import { founding, reserved } from './reserved.js'
import {
  byShares,
  checkCount,
  decodeSealConfig,
  decodeWrappings,
  encodeSealConfig,
  encodeWrappings,
  type SealConfig,
  shamir,
  type Wrapping,
} from './seal-config.js'
import { keySeal } from './seals/key-seal.js'
import type { Seal } from './seals/seal.js'
import { checkShareLength } from './share-text.js'

export type Initialization =
  | { readonly secretShares: number; readonly secretThreshold: number }
  | { readonly seal: Seal; readonly recoveryShares: number; readonly recoveryThreshold: number }

/** The fields that `sys/seal-status` answers from. */
export interface SealStatus {
  readonly type: string
  readonly initialized: boolean
  readonly sealed: boolean
  readonly t: number
  readonly n: number
  readonly progress: number
  readonly nonce: string
}

export interface SealingOptions {
  /** What `status` calls a Vault that has no seal yet. */
  readonly type?: string
  readonly random?: Random
}

/**
 * From nothing to a Vault, and from sealed to open. The root key is made once and never leaves: storage holds it
 * wrapped, by a key that is nowhere but in the shares, or by a seal that needs no people, or by both (then the shares,
 * "recovery" shares, open the Vault on the day that seal is gone).
 *
 * Shares are taken one after another: two at the same moment are still two.
 */
export class Sealing {
  readonly #storage: Storage
  readonly #barrier: Barrier
  readonly #type: string
  readonly #random: Random
  readonly #progress = new Progress()
  #last: Promise<unknown> = Promise.resolve()

  constructor(storage: Storage, barrier: Barrier, { type = shamir, random = randomBytes }: SealingOptions = {}) {
    // Few ask, and they must not be told of a state that another node has changed since.
    this.#storage = isShared(storage) ? strict(storage) : storage
    this.#barrier = barrier
    this.#type = type
    this.#random = random
  }

  async initialized(): Promise<boolean> {
    return (await this.#config()) !== undefined
  }

  async status(): Promise<SealStatus> {
    const config = await this.#config()
    const { shares, nonce } = this.#progress
    return {
      type: config?.type ?? this.#type,
      initialized: config !== undefined,
      sealed: this.#barrier.sealed,
      t: config?.count.threshold ?? 0,
      n: config?.count.shares ?? 0,
      progress: shares.length,
      nonce,
    }
  }

  /**
   * Founds a Vault and leaves the barrier open, for the caller to finish and then seal. The shares are returned once
   * and kept nowhere. Of nodes that race, one founds it; the others learn that it is founded.
   */
  initialize(how: Initialization): Promise<{ shares: Uint8Array[] }> {
    return this.#next(async () => {
      const config = configFor(how)
      if (await this.initialized()) throw BarrierError.alreadyInitialized()
      const rootKey = this.#random(aeadKeyLength)
      const { shares, wrappings } = await this.#wrap(rootKey, config, 'seal' in how ? how.seal : undefined)
      const writes = [
        { put: reserved.sealConfig, value: encodeSealConfig(config) },
        { put: reserved.storedKey, value: encodeWrappings(wrappings) },
        ...this.#barrier.foundingWrites(rootKey),
      ]
      await this.#found(writes).catch((error: unknown) => {
        zero(rootKey, ...shares)
        throw error
      })
      await this.#barrier.open(rootKey)
      return { shares }
    })
  }

  /** Takes one share, a copy of it, and unseals with the last that is needed. While unsealed, does nothing. */
  submit(share: Uint8Array): Promise<SealStatus> {
    return this.#next(async () => {
      const config = await this.#configured()
      if (!this.#barrier.sealed) return this.status()
      checkShareLength(share)
      this.#progress.add(share)
      if (this.#progress.shares.length >= config.count.threshold) {
        await this.#barrier.open(await this.#unwrapWithShares(config))
      }
      return this.status()
    })
  }

  /** Unseals without people. */
  unsealWith(seal: Seal): Promise<SealStatus> {
    return this.#next(async () => {
      await this.#configured()
      if (!this.#barrier.sealed) return this.status()
      await this.#barrier.open(await seal.unwrap(await this.#wrapping(seal.type)))
      this.#progress.wipe()
      return this.status()
    })
  }

  /** Forgets the shares given so far. */
  reset(): Promise<SealStatus> {
    return this.#next(async () => {
      if (!this.#barrier.sealed) throw BarrierError.unsealed()
      this.#progress.wipe()
      return this.status()
    })
  }

  /**
   * Closes the barrier and forgets shares, both at once. Then waits for what was asked before, and closes again: an
   * unsealing that was under way does not outlive the order to seal.
   */
  seal(): Promise<void> {
    const close = () => {
      this.#barrier.close()
      this.#progress.wipe()
    }
    close()
    return this.#next(async () => close())
  }

  /** Whatever comes of it, the shares are used up: which of them was wrong cannot be told. */
  async #unwrapWithShares(config: SealConfig): Promise<Uint8Array> {
    const by = byShares(config)
    try {
      const blob = await this.#wrapping(by)
      const key = await combine(this.#progress.shares)
      return await keySeal(key, { type: by })
        .unwrap(blob)
        .finally(() => zero(key))
    } catch (cause) {
      if (!CryptoError.is(cause) && !BarrierError.notUnwrapped.is(cause)) throw cause
      throw BarrierError.invalidKey(undefined, { cause })
    } finally {
      this.#progress.wipe()
    }
  }

  async #wrap(rootKey: Uint8Array, config: SealConfig, seal: Seal | undefined) {
    const wrappings: Wrapping[] = []
    if (seal) wrappings.push({ by: seal.type, blob: await seal.wrap(rootKey) })
    if (config.count.shares === 0) return { shares: [], wrappings }
    const key = this.#random(aeadKeyLength)
    const shares = await this.#split(key, config.count)
    const by = byShares(config)
    wrappings.push({ by, blob: await keySeal(key, { type: by, random: this.#random }).wrap(rootKey) })
    zero(key)
    return { shares, wrappings }
  }

  /** Shares that do not open would be found out on the day they are all there is, so they are tried here. */
  async #split(key: Uint8Array, count: ShareCount): Promise<Uint8Array[]> {
    const shares = await split(key, count)
    if (!(await sharesOpen(key, shares, count.threshold))) throw new Error('the shares just made do not open')
    return shares
  }

  async #found(writes: readonly Write[]): Promise<void> {
    const guards = Object.values(founding).map((key) => ({ key, revision: 0n }))
    const founded = await this.#storage.commit(writes, guards).catch(async (error: unknown) => {
      // A commit whose answer was lost may have happened, and then only we hold the shares of what was founded.
      if (await this.#holds(writes)) return true
      throw error
    })
    if (!founded) throw BarrierError.alreadyInitialized()
  }

  async #holds(writes: readonly Write[]): Promise<boolean> {
    const stored = await this.#storage.get(reserved.storedKey)
    const ours = writes.find((write) => 'put' in write && write.put === reserved.storedKey)
    return stored !== undefined && ours !== undefined && 'put' in ours && Buffer.compare(stored.value, ours.value) === 0
  }

  async #wrapping(by: string): Promise<Uint8Array> {
    const entry = await this.#storage.get(reserved.storedKey)
    const wrappings = entry ? decodeWrappings(entry.value) : []
    const found = wrappings.find((wrapping) => wrapping.by === by)
    if (found) return found.blob
    throw BarrierError.wrongSeal({ type: by, wrapped: wrappings.map((wrapping) => `"${wrapping.by}"`).join(', ') })
  }

  async #config(): Promise<SealConfig | undefined> {
    const entry = await this.#storage.get(reserved.sealConfig)
    return entry && decodeSealConfig(entry.value)
  }

  async #configured(): Promise<SealConfig> {
    const config = await this.#config()
    if (!config) throw BarrierError.notInitialized()
    return config
  }

  #next<T>(turn: () => Promise<T>): Promise<T> {
    const result = this.#last.then(turn, turn)
    this.#last = result.catch(() => undefined)
    return result
  }
}

function configFor(how: Initialization): SealConfig {
  const config =
    'seal' in how
      ? { type: how.seal.type, count: { shares: how.recoveryShares, threshold: how.recoveryThreshold } }
      : { type: shamir, count: { shares: how.secretShares, threshold: how.secretThreshold } }
  checkCount(config.count, 'seal' in how)
  return config
}
