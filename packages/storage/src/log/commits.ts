import { inSlices, type Guard, type Write } from '@chatelaine/sdk'
import { StorageError } from '../errors.js'
import { checkedKey } from '../keys.js'
import { entrySize, LARGE, LARGEST_COMMIT, LARGEST_KEY, sealEntry, sealEntryInPieces, writeEntry } from './format.js'
import type { KeyIndex } from './key-index.js'

interface Encoded {
  readonly key: string
  readonly offset: number
  readonly size: number
  readonly removed: boolean
}

/** A commit as it will lie on disk, but for revisions and checksums. It shares no bytes with what the caller passed. */
export interface EncodedCommit {
  readonly bytes: Buffer
  readonly entries: readonly Encoded[]
  readonly guards: readonly Guard[]
}

export function encodeCommit(writes: readonly Write[], guards: readonly Guard[]): EncodedCommit {
  const parts = writes.map((write) =>
    'remove' in write
      ? { key: checked(write.remove), value: undefined }
      : { key: checked(write.put), value: write.value },
  )
  const bytes = Buffer.allocUnsafe(totalSize(parts))
  let offset = 0
  const entries = parts.map((part): Encoded => {
    const size = writeEntry(bytes, offset, part)
    offset += size
    return { key: part.key, offset: offset - size, size, removed: part.value === undefined }
  })
  return { bytes, entries, guards: guards.map(({ key, revision }) => ({ key, revision })) }
}

function totalSize(parts: readonly { key: string; value: Uint8Array | undefined }[]): number {
  let total = 0
  for (const { key, value } of parts) total += entrySize(Buffer.byteLength(key), value?.length ?? 0)
  if (total > LARGEST_COMMIT) throw StorageError.tooLarge({ bytes: total, limit: LARGEST_COMMIT })
  return total
}

const checked = (key: string) => checkedKey(key, LARGEST_KEY)

export interface Judged {
  readonly accepted: boolean
  readonly revision: number
}

/**
 * Decides commits one after the other, each as if those before it had already happened, and gives every accepted one
 * the next revision. Nothing is visible to readers yet.
 */
export function judge(commits: readonly EncodedCommit[], index: KeyIndex, above: number): Judged[] {
  const revisions = new Map<string, number>()
  const holds = ({ key, revision }: Guard) =>
    BigInt(revisions.get(key) ?? index.find(key)?.revision ?? 0) === revision

  let revision = above
  return commits.map(({ bytes, entries, guards }) => {
    if (!guards.every(holds)) return { accepted: false, revision }
    if (entries.length > 0) revision += 1
    for (const { key, offset, size, removed } of entries) {
      if (size <= LARGE) sealEntry(bytes.subarray(offset, offset + size), revision)
      revisions.set(key, removed ? 0 : revision)
    }
    return { accepted: true, revision }
  })
}

/** Does for the large entries of an accepted commit what `judge` has done for the others. */
export async function sealLarge({ bytes, entries }: EncodedCommit, revision: number): Promise<void> {
  for (const { offset, size } of entries) {
    if (size > LARGE) await inSlices(sealEntryInPieces(bytes.subarray(offset, offset + size), revision))
  }
}

/** Makes an accepted commit visible, whose bytes now lie at `at`. */
export function apply(commit: EncodedCommit, index: KeyIndex, place: { segment: number; at: number; revision: number }) {
  const { segment, at, revision } = place
  for (const { key, offset, size, removed } of commit.entries) {
    if (removed) index.remove(key)
    else index.put(key, { segment, at: at + offset, size, revision })
  }
}

