import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brokenPromises, type BrokenPromise } from './broken-promises.js'
import { judge, type Operation } from './linearizable.js'
import { describe, settle, type SecretOp } from './secret-model.js'

/** Nanoseconds of a clock that never goes back and is the same for every process of this machine (CLOCK_MONOTONIC). */
export const now = (): bigint => process.hrtime.bigint()

export type SecretOperation = Operation<SecretOp>

/** What was found of a history of many secrets. */
export interface Judgement {
  readonly keys: number
  readonly operations: number
  readonly unknown: number
  /** Of all keys. */
  readonly broken: readonly BrokenPromise[]
  /** Keys whose history no order explains. */
  readonly violated: readonly string[]
  /** Keys that would have taken too long. */
  readonly undecided: readonly string[]
  /** Where the shortest history that is wrong was written, for reading. */
  readonly file: string | undefined
}

/** Judges every key by itself: a history is linearizable exactly if that of each of its keys is. */
export function judgeHistory(operations: readonly SecretOperation[], name = 'history'): Judgement {
  const results = [...byKey(operations)].map(([key, ofKey]) => judgeKey(key, ofKey))
  const wrong = results.filter(({ broken, verdict }) => broken.length > 0 || verdict.kind !== 'linearizable')
  const shortest = wrong.toSorted((a, b) => a.operations.length - b.operations.length)[0]
  return {
    keys: results.length,
    operations: operations.length,
    unknown: operations.filter(({ op }) => 'write' in op && op.outcome === 'unknown').length,
    broken: results.flatMap(({ broken }) => broken),
    violated: results.filter(({ verdict }) => verdict.kind === 'violation').map(({ key }) => key),
    undecided: results.filter(({ verdict }) => verdict.kind === 'undecided').map(({ key }) => key),
    file: shortest && writeHistory(shortest, name),
  }
}

/** Throws when anything is wrong, naming what, and the file to read. */
export function mustBeLinearizable(operations: readonly SecretOperation[], name: string): Judgement {
  const judgement = judgeHistory(operations, name)
  if (judgement.file === undefined) return judgement
  const { broken, violated, undecided } = judgement
  const what = [
    ...broken.slice(0, 5).map(({ kind, text, at }) => `${kind} at ${at.key}: ${text}`),
    violated.length > 0 ? `no order explains ${violated.slice(0, 5).join(', ')}` : undefined,
    undecided.length > 0 ? `undecided: ${undecided.slice(0, 5).join(', ')}` : undefined,
  ]
  throw new Error(`${what.filter((line) => line !== undefined).join('\n')}\nits history: ${judgement.file}`)
}

export function byKey<Op>(operations: readonly Operation<Op>[]): ReadonlyMap<string, Operation<Op>[]> {
  const keys = new Map<string, Operation<Op>[]>()
  for (const operation of operations) {
    const ofKey = keys.get(operation.key)
    if (ofKey) ofKey.push(operation)
    else keys.set(operation.key, [operation])
  }
  return keys
}

type Result = ReturnType<typeof judgeKey>

function judgeKey(key: string, operations: readonly SecretOperation[]) {
  const { model, operations: settled } = settle(operations)
  return { key, operations, broken: brokenPromises(operations), verdict: judge(model, settled) }
}

function writeHistory({ key, operations, broken, verdict }: Result, name: string): string {
  const file = join(tmpdir(), `chatelaine-${name.replace(/[^a-z0-9]+/gi, '-')}-${process.pid}-${Date.now()}.txt`)
  const start = operations.reduce((least, { call }) => (call < least ? call : least), operations[0]?.call ?? 0n)
  const at = (time: bigint) => (Number(time - start) / 1e6).toFixed(3).padStart(11)
  const lines = operations.toSorted((a, b) => Number(a.call - b.call)).map((operation) => {
    const { client, call, returned, op } = operation
    const marks = broken.filter((one) => one.at === operation).map(({ kind, text }) => `   <== ${kind}: ${text}`)
    const stuck = verdict.kind === 'violation' && verdict.at.call === call && verdict.at.client === client ? ['   <== no order explains it'] : []
    return `${at(call)} ${returned === undefined ? '          ?' : at(returned)}  ${client.padEnd(12)} ${describe(op)}${[...marks, ...stuck].join('')}`
  })
  const states = verdict.kind === 'violation' ? `It was ${verdict.states.slice(0, 8).join(' or ')} before what no order explains.` : ''
  writeFileSync(file, [`${key}: ${verdict.kind}. Times in ms: call, return. ${states}`, ...lines, ''].join('\n'))
  return file
}
