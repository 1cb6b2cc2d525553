import { reservedKeys } from '@chatelaine/barrier'
import { uuid } from '@chatelaine/crypto'
import { decodeRecord, encodeRecord, strict, type SharedStorage } from '@chatelaine/sdk'

const key = reservedKeys.sealOrder

/**
 * The order that every node seal itself. It is a plain record: a node must read it when nothing else of the vault can be trusted,
 * and whoever can forge one can already end the vault by removing its keyring. An order is for the nodes that were unsealed
 * when it was given, so it stays where it is and is told from newer ones by its revision.
 */
export class SealOrders {
  readonly #shared: SharedStorage
  #obeyed = 0n

  constructor(shared: SharedStorage) {
    this.#shared = shared
  }

  /** To be called before an unsealing begins: what was ordered until now is not for it. */
  async begin(): Promise<void> {
    this.#obeyed = (await strict(this.#shared).get(key))?.revision ?? 0n
  }

  /** Whether another node gave an order since. Who gives one seals itself when it has answered. */
  async given(): Promise<boolean> {
    const entry = await this.#shared.get(key)
    return entry !== undefined && entry.revision > this.#obeyed && giverOf(entry.value) !== this.#shared.cluster.self
  }

  async give(now: Date): Promise<void> {
    const order = { version: 1, id: uuid(), by: this.#shared.cluster.self, at: now.toISOString() }
    await this.#shared.commit([{ put: key, value: encodeRecord(order) }])
  }
}

/** One that cannot be read is nobody's, and so is obeyed: sealing is the safe mistake. */
function giverOf(value: Uint8Array): string | undefined {
  try {
    return decodeRecord<{ by?: string } | null>(value)?.by
  } catch {
    return undefined
  }
}
