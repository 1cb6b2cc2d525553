import type { Model, Operation } from './linearizable.js'

/** What one secret of KV version 2 was asked and answered. No two writes of a history have the same value. */
export type SecretOp = SecretWrite | { readonly read: Found }

export interface SecretWrite {
  readonly write: string
  readonly cas?: number | undefined
  /**
   * The version it was given; `refused` because of its cas; `failed` without effect, for certain; `unknown` where no answer
   * came, or one that leaves open whether it had its effect.
   */
  readonly outcome: number | 'refused' | 'failed' | 'unknown'
}

export type Found = { readonly version: number; readonly value: string } | undefined

interface Secret {
  readonly version: number
  /** Undefined for a value that no read of the history has found. */
  readonly value: string | undefined
}

/** An operation with all that can be known of its outcome. */
export type SettledOp =
  | { readonly read: Found }
  | { readonly refused: number }
  | { readonly write: string; readonly cas: number | undefined; readonly version: number }
  /** It had its effect at some time, or never, and nobody has seen its value. */
  | { readonly unseen: string; readonly cas: number | undefined }

export interface Settled {
  readonly model: Model<Secret, SettledOp>
  readonly operations: readonly Operation<SettledOp>[]
}

/**
 * Settles beforehand what of the unknown follows from the whole history, so that the judge need not try it. The history is
 * linearizable exactly if what is returned is:
 *
 * - A write whose value was read at version v had its effect, gave version v, and had it before any read of it returned. Saying
 *   so takes no order away, for an order in which it did not would not explain the read.
 * - A write whose value nobody read can have given a version only that no known write gave: versions never repeat.
 * - Nor one above every version that an answer speaks of (`top`). Had it done so, nothing after it could have been an answered
 *   write or read; only refusals, which the version before explains as well, and other such writes. So the same order without
 *   them is one too.
 * - A write that failed for certain, and a read without an answer, say nothing.
 */
export function settle(operations: readonly Operation<SecretOp>[]): Settled {
  const seen = seenIn(operations)
  const settled = operations.flatMap((operation) => settleOne(operation, seen))
  const given = new Set(settled.flatMap(({ op }) => ('write' in op ? [op.version] : [])))
  const top = Math.max(0, ...given, ...settled.map(({ op }) => topOf(op)))
  return { model: secretModel((version) => version <= top && !given.has(version)), operations: settled }
}

function topOf(op: SettledOp): number {
  if ('read' in op) return op.read?.version ?? 0
  // Explained by that one version more.
  return 'refused' in op ? op.refused + 1 : 0
}

interface Seen {
  readonly version: number
  readonly returned: bigint
}

/** By value: the version at which it was read first, and when that read returned. */
function seenIn(operations: readonly Operation<SecretOp>[]): ReadonlyMap<string, Seen> {
  const seen = new Map<string, Seen>()
  for (const { op, returned } of operations) {
    if (!('read' in op) || !op.read || returned === undefined) continue
    const before = seen.get(op.read.value)
    if (!before || returned < before.returned) seen.set(op.read.value, { version: op.read.version, returned })
  }
  return seen
}

function settleOne(operation: Operation<SecretOp>, seen: ReadonlyMap<string, Seen>): Operation<SettledOp>[] {
  const { op, returned, call } = operation
  if ('read' in op) return returned === undefined ? [] : [{ ...operation, op }]
  const { write, cas, outcome } = op
  if (outcome === 'failed') return []
  if (outcome === 'refused') return [{ ...operation, op: { refused: cas ?? -1 } }]
  if (outcome !== 'unknown') return [{ ...operation, op: { write, cas, version: outcome } }]
  const found = seen.get(write)
  if (!found) return [{ ...operation, returned: undefined, op: { unseen: write, cas } }]
  // Read before it was called: then that read is what cannot be explained, and this ends no earlier than it begins.
  const by = found.returned < call ? call : found.returned
  return [{ ...operation, returned: by, op: { write, cas, version: found.version } }]
}

function secretModel(free: (version: number) => boolean): Settled['model'] {
  return {
    initial: { version: 0, value: undefined },
    step(secret, op) {
      const next = secret.version + 1
      if ('read' in op) return secret.version === (op.read?.version ?? 0) && secret.value === op.read?.value ? secret : undefined
      if ('refused' in op) return secret.version === op.refused ? undefined : secret
      if (op.cas !== undefined && op.cas !== secret.version) return undefined
      if ('unseen' in op) return free(next) ? { version: next, value: undefined } : undefined
      return op.version === next ? { version: next, value: op.write } : undefined
    },
    key: ({ version, value }) => `${version} ${value === undefined ? '' : JSON.stringify(value)}`,
    kind: (op) => ('unseen' in op ? `${op.cas}` : undefined),
    spent: ({ version }, op) => 'unseen' in op && op.cas !== undefined && op.cas < version,
  }
}

export function describe(op: SecretOp): string {
  if ('read' in op) return `read                            -> ${op.read ? `version ${op.read.version} "${op.read.value}"` : 'nothing'}`
  const asked = `write "${op.write}"${op.cas === undefined ? '' : ` over ${op.cas}`}`.padEnd(31)
  return `${asked} -> ${typeof op.outcome === 'number' ? `version ${op.outcome}` : op.outcome}`
}
