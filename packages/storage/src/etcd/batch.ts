import { batchBytes, mostOperations, type Prepared } from './commit.js'

export interface Waiting {
  readonly prepared: Prepared
  settle(outcome: boolean): void
  fail(error: unknown): void
}

export const mostCommits = 64

/**
 * Takes out of `queue` what may travel together, in order: commits that are disjoint in what they guard *and* in what they write.
 * etcd judges the guards of all nested transactions before any of them writes, so of A (guards x, writes y) and B (guards y,
 * writes x) both would be applied, though each excludes the other. What is left over keeps its order.
 */
export function takeBatch(queue: Waiting[]): Waiting[] {
  const [written, guarded] = [new Set<string>(), new Set<string>()]
  const batch: Waiting[] = []
  const left: Waiting[] = []
  let [bytes, operations] = [0, 0]
  for (const waiting of queue) {
    if (batch.length >= mostCommits) {
      left.push(waiting)
      continue
    }
    const { values, guards, bytes: more, operations: own } = waiting.prepared
    const fits =
      batch.length === 0 ||
      (bytes + more <= batchBytes && Math.max(operations, own) + batch.length + 2 <= mostOperations)
    const clashes = () =>
      [...values.keys()].some((key) => written.has(key) || guarded.has(key)) || guards.some(({ key }) => written.has(key))
    const taken = fits && !clashes()
    // Also of what is left over: what comes later must not overtake it.
    for (const key of values.keys()) written.add(key)
    for (const { key } of guards) guarded.add(key)
    if (!taken) {
      left.push(waiting)
      continue
    }
    batch.push(waiting)
    bytes += more
    operations = Math.max(operations, own)
  }
  queue.splice(0, queue.length, ...left)
  return batch
}
