import { reservedKeys } from '@chatelaine/barrier'
import { equalBytes } from '@chatelaine/crypto'
import { isShared, strict, type Clock, type OpenStorage, type Write } from '@chatelaine/sdk'
import { SnapshotError } from './errors.js'
import { clear, fill, keysOf } from './fill.js'
import { alike, electionKey, Summing, type SnapshotRecord, type Sum } from './record.js'

/** Is told how far something has come; `of` is 0 where nobody knows. What it throws stops the work. */
export type Progress = (doing: string, done: number, of: number) => void

/** Where to, named for people. */
export interface Target {
  readonly storage: OpenStorage
  readonly where: string
}

export interface RestoreOptions {
  /** Replaces what is there. */
  readonly force: boolean
  /** Nothing that is due is revoked until somebody says so. */
  readonly holdLeases: boolean
  readonly clock: Clock
  readonly progress: Progress
  /** How many records will come. */
  readonly expected: number
  /** What they must sum up to, where that is known before. */
  readonly sum?: Sum
}

export interface Restored {
  readonly entries: number
}

/** Throws unless the storage may be written to: no node uses it, and nothing is in it or it may all go. */
export async function refuseUnfit({ storage, where }: Target, force: boolean): Promise<void> {
  await refuseInUse({ storage, where })
  if (force) return
  for await (const key of keysOf(storage)) if (key !== electionKey) throw SnapshotError.notEmpty({ where })
}

export async function refuseInUse({ storage, where }: Target): Promise<void> {
  const nodes = isShared(storage) ? await storage.cluster.nodes() : []
  if (nodes.length > 0) throw SnapshotError.inUse({ where, nodes: nodes.map(({ name, apiAddress }) => (apiAddress ? `${name} (${apiAddress})` : name)) })
}

/**
 * Fills the storage and only then makes it a Vault: what the barrier opens by is written last, in one commit, after all the rest
 * was read back and found to be what was meant to be there. Whatever goes wrong before, the storage holds no Vault.
 */
export async function restore(target: Target, records: AsyncIterable<SnapshotRecord>, options: RestoreOptions): Promise<Restored> {
  const { storage, where } = target
  const { progress, expected } = options
  await refuseUnfit(target, options.force)
  try {
    if (options.force) await clear(storage, (entries) => progress('removing what was there', entries, 0))
    const { sum, last } = await fill(storage, records, (entries) => progress('writing', entries, expected))
    if (options.sum && !alike(sum, options.sum)) throw SnapshotError.damaged({ problem: 'it changed while it was read' })
    if (!last.some(({ key }) => key === reservedKeys.keyring)) throw SnapshotError.noVault({ where: 'the source' })
    await verify(target, sum, (entries) => progress('verifying', entries, sum.count))
    await found(target, options.holdLeases ? withMarker(last, options.clock) : last)
    return { entries: sum.count + last.length }
  } catch (cause) {
    if (SnapshotError.differs.is(cause)) throw cause
    throw SnapshotError.incomplete({ where, reason: cause instanceof Error ? cause.message : 'unknown' }, { cause })
  }
}

/** Reads all of it back from where it now lies. */
async function verify({ storage, where }: Target, wanted: Sum, progress: (entries: number) => void): Promise<void> {
  const snapshot = await storage.snapshot()
  const summing = new Summing()
  try {
    let entries = 0
    for await (const record of snapshot.entries) {
      summing.add(record)
      progress((entries += 1))
    }
  } finally {
    await snapshot.close()
  }
  const sum = summing.sum()
  if (!alike(sum, wanted)) throw SnapshotError.differs({ where, wanted: wanted.count, found: sum.count })
}

/** From here on it is a Vault. */
async function found({ storage, where }: Target, last: readonly SnapshotRecord[]): Promise<void> {
  await storage.commit(last.map(({ key, value }): Write => ({ put: key, value })))
  const reading = isShared(storage) ? strict(storage) : storage
  const kept = await Promise.all(last.map(async ({ key, value }) => equalBytes((await reading.get(key))?.value ?? new Uint8Array(), value)))
  if (kept.includes(false)) throw SnapshotError.differs({ where, wanted: last.length, found: kept.filter(Boolean).length })
}

function withMarker(last: readonly SnapshotRecord[], clock: Clock): SnapshotRecord[] {
  const value = Buffer.from(JSON.stringify({ version: 1, held_since: clock.now().toISOString() }))
  return [...last.filter(({ key }) => key !== reservedKeys.leasesHeld), { key: reservedKeys.leasesHeld, value }]
}
