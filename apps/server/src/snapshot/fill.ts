import type { Storage, Write } from '@chatelaine/sdk'
import { electionKey, lastKeys, Summing, type SnapshotRecord, type Sum } from './record.js'

/** What every storage takes in one commit, with room to spare; a larger value goes alone. */
const MOST_WRITES = 64
const MOST_BYTES = 0x8_0000
const MOST_REMOVALS = 100

/** How many bytes may be on their way to the storage at once: enough that flushes are shared, little enough for memory. */
const UNDER_WAY = 0x40_0000

export interface Filled {
  readonly sum: Sum
  /** What was held back: it makes the storage a Vault. */
  readonly last: readonly SnapshotRecord[]
}

/** Writes records in commits of bearable size, several at a time; their order does not matter, for no reader is there. */
export async function fill(target: Storage, records: AsyncIterable<SnapshotRecord>, progress: (entries: number) => void): Promise<Filled> {
  const [summing, writing] = [new Summing(), new Writing(target)]
  const last: SnapshotRecord[] = []
  let entries = 0
  try {
    for await (const record of records) {
      progress((entries += 1))
      summing.add(record)
      if (record.key === electionKey) continue
      if (lastKeys.has(record.key)) last.push({ key: record.key, value: new Uint8Array(record.value) })
      else await writing.put(record)
    }
  } finally {
    await writing.end()
  }
  return { sum: summing.sum(), last }
}

class Writing {
  readonly #target: Storage
  #writes: Write[] = []
  #bytes = 0
  #underWay = 0
  readonly #commits = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined

  constructor(target: Storage) {
    this.#target = target
  }

  async put({ key, value }: SnapshotRecord): Promise<void> {
    const size = Buffer.byteLength(key) + value.length
    if (this.#writes.length >= MOST_WRITES || (this.#bytes > 0 && this.#bytes + size > MOST_BYTES)) await this.#send()
    this.#writes.push({ put: key, value })
    this.#bytes += size
  }

  /** Resolves when all is written, also after something else failed; rejects with what failed here first. */
  async end(): Promise<void> {
    await this.#send()
    await Promise.all(this.#commits)
    if (this.#failure) throw this.#failure.error
  }

  async #send(): Promise<void> {
    const [writes, bytes] = [this.#writes, this.#bytes]
    this.#writes = []
    this.#bytes = 0
    while (this.#commits.size > 0 && this.#underWay + bytes > UNDER_WAY) await Promise.race(this.#commits)
    if (this.#failure) throw this.#failure.error
    if (writes.length === 0) return
    this.#underWay += bytes
    const commit: Promise<void> = this.#commit(writes).finally(() => {
      this.#underWay -= bytes
      this.#commits.delete(commit)
    })
    this.#commits.add(commit)
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    try {
      await this.#target.commit(writes)
    } catch (error) {
      this.#failure ??= { error }
    }
  }
}

const PAGE = 500

interface Step {
  readonly prefix: string
  names: readonly string[]
  at: number
}

/** Every key, in order. What is removed while it runs may or may not come. */
export async function* keysOf(storage: Storage): AsyncGenerator<string> {
  const enter = async (prefix: string): Promise<Step> => ({ prefix, names: await storage.list(prefix, { limit: PAGE }), at: 0 })
  const steps = [await enter('')]
  for (let step = steps.at(-1); step; step = steps.at(-1)) {
    const name = step.names[step.at++]
    if (name?.endsWith('/')) steps.push(await enter(step.prefix + name))
    else if (name !== undefined) yield step.prefix + name
    else if (step.names.length < PAGE) steps.pop()
    else {
      step.names = await storage.list(step.prefix, { after: step.names.at(-1), limit: PAGE })
      step.at = 0
    }
  }
}

/** Removes all there is: first what made it a Vault, so that from then on nobody takes it for one. */
export async function clear(storage: Storage, progress: (entries: number) => void): Promise<void> {
  await storage.commit([...lastKeys].map((remove) => ({ remove })))
  let removals: Write[] = []
  let entries = 0
  for await (const key of keysOf(storage)) {
    if (key === electionKey) continue
    removals.push({ remove: key })
    progress((entries += 1))
    if (removals.length < MOST_REMOVALS) continue
    await storage.commit(removals)
    removals = []
  }
  if (removals.length > 0) await storage.commit(removals)
}
