import type { Operation } from './linearizable.js'
import type { SecretOp, SecretWrite } from './secret-model.js'

export type Promised = 'stale read' | 'lost write' | 'doubled version' | 'version gap' | 'changed value' | 'cas ignored'

/** What an answer shows to be wrong by itself, without trying orders. */
export interface BrokenPromise {
  readonly kind: Promised
  readonly text: string
  readonly at: Operation<SecretOp>
}

/**
 * Holds the history of one secret against plain rules. What it finds is wrong for certain and easy to read; what it does not
 * find may be wrong all the same, which the judge (linearizable.ts) tells.
 */
export function brokenPromises(operations: readonly Operation<SecretOp>[]): BrokenPromise[] {
  const answered = operations.filter(({ returned }) => returned !== undefined)
  return [...wrongVersions(answered), ...changedValues(operations), ...staleReads(answered), ...gaps(operations)]
}

type Acknowledged = Operation<SecretOp> & { readonly op: SecretWrite & { readonly outcome: number } }

const acknowledged = (operation: Operation<SecretOp>): operation is Acknowledged =>
  'write' in operation.op && typeof operation.op.outcome === 'number'

function* wrongVersions(answered: readonly Operation<SecretOp>[]): Generator<BrokenPromise> {
  const givenTo = new Map<number, string>()
  for (const at of answered.filter(acknowledged)) {
    const { write, cas, outcome } = at.op
    const other = givenTo.get(outcome)
    if (other !== undefined) yield { kind: 'doubled version', text: `version ${outcome} was given to "${write}" and to "${other}"`, at }
    if (cas !== undefined && cas !== outcome - 1) yield { kind: 'cas ignored', text: `"${write}" was to follow version ${cas} and is version ${outcome}`, at }
    givenTo.set(outcome, write)
  }
}

/** A value has one version, a version one value, and both come from a write that had been called. */
function* changedValues(operations: readonly Operation<SecretOp>[]): Generator<BrokenPromise> {
  const written = new Map(operations.flatMap((operation) => ('write' in operation.op ? [[operation.op.write, operation] as const] : [])))
  const valueOf = new Map(operations.filter(acknowledged).map(({ op }) => [op.outcome, op.write]))
  const versionOf = new Map(operations.filter(acknowledged).map(({ op }) => [op.write, op.outcome]))
  for (const at of operations) {
    if (!('read' in at.op) || !at.op.read || at.returned === undefined) continue
    const { version, value } = at.op.read
    const [known, home, writer] = [valueOf.get(version), versionOf.get(value), written.get(value)]
    if (!writer) yield { kind: 'changed value', text: `"${value}" was read, which nobody wrote`, at }
    else if (writer.call > at.returned) yield { kind: 'changed value', text: `"${value}" was read before it was written`, at }
    else if (writer.op && 'write' in writer.op && (writer.op.outcome === 'refused' || writer.op.outcome === 'failed')) {
      yield { kind: 'changed value', text: `"${value}" was read, whose write was answered as ${writer.op.outcome}`, at }
    }
    if (known !== undefined && known !== value) yield { kind: 'lost write', text: `version ${version} was "${known}" and is "${value}"`, at }
    if (home !== undefined && home !== version) yield { kind: 'changed value', text: `"${value}" is version ${home} and version ${version}`, at }
    valueOf.set(version, known ?? value)
    versionOf.set(value, home ?? version)
  }
}

const versionSeen = ({ op }: Operation<SecretOp>): number =>
  'read' in op ? (op.read?.version ?? 0) : typeof op.outcome === 'number' ? op.outcome : 0

/**
 * Reads of something older than what somebody had been answered before they were called: a stale read, or, where no later read
 * finds that version either, a lost write.
 */
function* staleReads(answered: readonly Operation<SecretOp>[]): Generator<BrokenPromise> {
  const returns = answered.toSorted((a, b) => Number((a.returned ?? 0n) - (b.returned ?? 0n)))
  const reads = answered.filter(({ op }) => 'read' in op).toSorted((a, b) => Number(a.call - b.call))
  const newestFrom = newestOf(reads.toReversed()).reverse()
  let newest = 0
  let next = 0
  for (const [i, at] of reads.entries()) {
    for (let done = returns[next]; done?.returned !== undefined && done.returned < at.call; done = returns[++next]) {
      newest = Math.max(newest, versionSeen(done))
    }
    const version = versionSeen(at)
    if (version >= newest) continue
    const kind = (newestFrom[i] ?? 0) < newest ? 'lost write' : 'stale read'
    yield { kind, text: `version ${version} was read after version ${newest} had been answered`, at }
  }
}

function newestOf(reads: readonly Operation<SecretOp>[]): number[] {
  let newest = 0
  return reads.map((read) => (newest = Math.max(newest, versionSeen(read))))
}

/** Versions nobody accounts for, when there are more of them than writes that may have had their effect unnoticed. */
function* gaps(operations: readonly Operation<SecretOp>[]): Generator<BrokenPromise> {
  const last = operations.reduce<Operation<SecretOp> | undefined>((a, b) => (a && versionSeen(a) >= versionSeen(b) ? a : b), undefined)
  if (!last) return
  const known = new Set(operations.map(versionSeen))
  const readable = new Set(operations.flatMap(({ op }) => ('read' in op && op.read ? [op.read.value] : [])))
  const missing = Array.from({ length: versionSeen(last) }, (_, i) => i + 1).filter((version) => !known.has(version))
  const spare = operations.filter(({ op }) => 'write' in op && op.outcome === 'unknown' && !readable.has(op.write)).length
  if (missing.length <= spare) return
  yield { kind: 'version gap', text: `nobody wrote ${missing.length} of the versions ${missing.slice(0, 8).join(', ')}; ${spare} writes may have`, at: last }
}
