import { readFileSync, rmSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { brokenPromises } from './broken-promises.js'
import { judgeHistory, mustBeLinearizable, type SecretOperation } from './history.js'
import { judge, type Model, type Operation } from './linearizable.js'
import { settle, type SecretOp } from './secret-model.js'

/** Rows of a history: when it was called, when it returned, what it was. */
type Row = readonly [call: number, returned: number | undefined, op: SecretOp]

const history = (...rows: readonly Row[]): SecretOperation[] =>
  rows.map(([call, returned, op], i) => ({
    client: `c${i}`,
    key: 'k',
    call: BigInt(call),
    returned: returned === undefined ? undefined : BigInt(returned),
    op,
  }))

const write = (value: string, outcome: Extract<SecretOp, { write: string }>['outcome'], cas?: number): SecretOp => ({ write: value, outcome, cas })
const read = (version: number, value: string): SecretOp => ({ read: { version, value } })
const nothing: SecretOp = { read: undefined }

function verdictOf(operations: readonly SecretOperation[]) {
  const { model, operations: settled } = settle(operations)
  return judge(model, settled)
}

const good: Record<string, SecretOperation[]> = {
  'nothing at all': [],
  'one after the other': history([0, 1, nothing], [2, 3, write('a', 1)], [4, 5, read(1, 'a')], [6, 7, write('b', 2, 1)], [8, 9, read(2, 'b')]),
  'overlapping writes that took effect in the other order': history([0, 9, write('a', 2)], [1, 8, write('b', 1)], [10, 11, read(2, 'a')]),
  'reads during a write, some before and some after its effect': history([0, 1, write('a', 1)], [2, 9, write('b', 2)], [3, 4, read(1, 'a')], [5, 6, read(2, 'b')]),
  'a write without an answer that had no effect': history([0, undefined, write('a', 'unknown')], [1, 2, nothing], [3, 4, write('b', 1)], [5, 6, read(1, 'b')]),
  'a write without an answer that took effect late': history([0, undefined, write('a', 'unknown')], [1, 2, write('b', 1)], [3, 4, read(1, 'b')], [5, 6, read(2, 'a')]),
  'a write without an answer that only a gap shows': history([0, undefined, write('a', 'unknown')], [1, 2, write('b', 2)], [3, 4, read(2, 'b')]),
  'two writes without answers, the later one in the earlier gap': history(
    [0, undefined, write('a', 'unknown', 2)], [1, undefined, write('b', 'unknown', 0)], [2, 3, write('c', 2)], [4, 5, write('d', 4)],
  ),
  'a cas that lost against a write without an answer': history([0, 1, write('a', 1)], [2, undefined, write('b', 'unknown')], [3, 4, write('c', 'refused', 1)]),
  'a cas that lost against one that overlaps': history([0, 9, write('a', 1, 0)], [1, 8, write('b', 'refused', 0)]),
  'a write that failed for certain': history([0, 1, write('a', 'failed')], [2, 3, nothing], [4, 5, write('b', 1)]),
  'a call at the moment of another return': history([0, 5, write('a', 1)], [5, 9, nothing]),
}

const bad: Record<string, [SecretOperation[], string | undefined]> = {
  'a stale read': [history([0, 1, write('a', 1)], [2, 3, write('b', 2)], [4, 5, read(1, 'a')], [6, 7, read(2, 'b')]), 'stale read'],
  'nothing read of what was written': [history([0, 1, write('a', 1)], [2, 3, nothing], [4, 5, read(1, 'a')]), 'stale read'],
  'a read older than what another read has found': [
    history([0, 1, write('a', 1)], [2, 20, write('b', 2)], [3, 4, read(2, 'b')], [5, 6, read(1, 'a')], [7, 8, read(2, 'b')]), 'stale read',
  ],
  'an acknowledged write that is gone': [history([0, 1, write('a', 1)], [2, 3, write('b', 2)], [4, 5, read(1, 'a')]), 'lost write'],
  'an update lost to another': [history([0, 9, write('a', 1)], [1, 8, write('b', 1)], [10, 11, read(1, 'b')]), 'doubled version'],
  'an update that took the place of another': [history([0, 1, write('a', 1)], [2, undefined, write('b', 'unknown')], [3, 4, read(1, 'b')]), 'lost write'],
  'a value that nobody wrote': [history([0, 1, write('a', 1)], [2, 3, read(1, 'b')]), 'changed value'],
  'a value that was read before it was written': [history([0, 1, read(1, 'a')], [2, 3, write('a', 1)]), 'changed value'],
  'a value read early, whose write had no answer': [history([0, 1, read(1, 'a')], [2, undefined, write('a', 'unknown')]), 'changed value'],
  'the value of a write that was refused': [history([0, 1, write('a', 1)], [2, 3, write('b', 'refused', 0)], [4, 5, read(2, 'b')]), 'changed value'],
  'a write without an answer that took effect twice': [history([0, undefined, write('a', 'unknown')], [1, 2, read(1, 'a')], [3, 4, read(2, 'a')]), 'changed value'],
  'a write that took effect a second time unseen': [history([0, 1, write('a', 1)], [2, 3, write('b', 3)], [4, 5, read(3, 'b')]), 'version gap'],
  'a cas that should have failed': [history([0, 1, write('a', 1)], [2, 3, write('b', 2)], [4, 5, write('c', 3, 1)]), 'cas ignored'],
  'a cas that failed though it was right': [history([0, 1, write('a', 1)], [2, 3, write('b', 'refused', 1)], [4, 5, write('c', 2)]), undefined],
  'a gap filled only by what was called too late': [history([0, 1, write('a', 2)], [2, undefined, write('b', 'unknown')]), undefined],
  'a gap filled only by what the cas forbids': [history([0, undefined, write('b', 'unknown', 1)], [1, 2, write('a', 2)], [3, 4, write('c', 3)]), undefined],
  'two writes in the order their versions deny': [history([0, 5, write('a', 2)], [6, 9, write('b', 1)]), undefined],
}

describe('the judge', () => {
  it.each(Object.keys(good))('accepts %s', (name) => {
    expect(brokenPromises(good[name] ?? [])).toEqual([])
    expect(verdictOf(good[name] ?? [])).toEqual({ kind: 'linearizable' })
  })

  it.each(Object.keys(bad))('refuses %s', (name) => {
    const [operations, broken] = bad[name] ?? [[], undefined]

    expect(verdictOf(operations).kind).toBe('violation')
    expect(brokenPromises(operations)[0]?.kind).toBe(broken)
  })

  it('says which answer nothing explains, and what was there before', () => {
    const [operations] = bad['a stale read'] ?? [[]]

    expect(verdictOf(operations)).toMatchObject({ at: operations[2], states: ['2 "b"'] })
  })

  it('gives up rather than take forever', () => {
    const many = Array.from({ length: 12 }, (_, i): Row => [i, undefined, write(`${i}`, 'unknown')])
    const { model, operations } = settle(history(...many, [20, 21, write('z', 12)]))
    const { kind, ...unhelped } = model

    expect(judge(unhelped, operations, 1000).kind).toBe('undecided')
    expect(judge(model, operations, 1000).kind).toBe('linearizable')
  })
})

/** Every order of every choice of what had an effect: what linearizable means, and far too slow for more than a few operations. */
function explained<State, Op>(model: Model<State, Op>, operations: readonly Operation<Op>[], state = model.initial): boolean {
  if (operations.every(({ returned }) => returned === undefined)) return true
  const firstReturn = operations.reduce((least, { returned }) => (returned !== undefined && returned < least ? returned : least), 2n ** 62n)
  return operations.some((operation, i) => {
    if (operation.call > firstReturn) return false
    const next = model.step(state, operation.op)
    return next !== undefined && explained(model, operations.toSpliced(i, 1), next)
  })
}

/** Knows nothing but what a secret does, so that all that `settle` works out is held against it. */
const plainly: Model<{ version: number; value: string | undefined }, SecretOp> = {
  initial: { version: 0, value: undefined },
  key: (state) => JSON.stringify(state),
  step(state, op) {
    if ('read' in op) return state.version === (op.read?.version ?? 0) && state.value === op.read?.value ? state : undefined
    if (op.outcome === 'failed') return state
    if (op.outcome === 'refused') return op.cas === state.version ? undefined : state
    if (op.cas !== undefined && op.cas !== state.version) return undefined
    const next = state.version + 1
    return op.outcome === 'unknown' || op.outcome === next ? { version: next, value: op.write } : undefined
  },
}

const times = fc.tuple(fc.nat(12), fc.integer({ min: 1, max: 6 }))
const smallCas = fc.option(fc.nat(3), { nil: undefined })
const smallWrite = fc.record({ outcome: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom('unknown', 'refused', 'failed')), cas: smallCas })
const smallRead = fc.record({ version: fc.nat(4), of: fc.nat(6) })

/** Any few operations with any answers, most of them impossible. */
const anything = fc.array(fc.tuple(times, fc.oneof(smallWrite, smallRead)), { maxLength: 7 }).map((all) =>
  history(
    ...all.map(([[call, length], op], i): Row => {
      if ('of' in op) return [call, call + length, op.version === 0 ? nothing : read(op.version, `v${op.of}`)]
      const outcome = op.outcome === 'refused' && op.cas === undefined ? 'failed' : (op.outcome as 'unknown')
      return [call, outcome === 'unknown' ? undefined : call + length, write(`v${i}`, outcome, op.cas)]
    }),
  ),
)

interface Planned {
  readonly kind: 'write' | 'cas' | 'old cas' | 'read'
  readonly before: number
  readonly after: number
  readonly answer: 'heard' | 'lost' | 'lost and undone'
}

const planned: fc.Arbitrary<Planned> = fc.record({
  kind: fc.constantFrom('write', 'cas', 'old cas', 'read', 'read'),
  before: fc.nat(60),
  after: fc.nat(60),
  answer: fc.oneof({ weight: 8, arbitrary: fc.constant('heard' as const) }, { weight: 1, arbitrary: fc.constantFrom('lost' as const, 'lost and undone' as const) }),
})

/** What a register in memory answers to plans that take effect ten apart, and are called before and return after that. */
function lived(plans: readonly Planned[]): SecretOperation[] {
  let [version, value] = [0, '']
  const rows = plans.map(({ kind, before, after, answer }, i): Row => {
    const [call, returned] = [1000 + i * 10 - before, 1000 + i * 10 + after]
    if (kind === 'read') return [call, returned, version === 0 ? nothing : read(version, value)]
    const cas = kind === 'cas' ? version : kind === 'old cas' ? Math.max(0, version - 1) : undefined
    if (answer === 'lost and undone') return [call, undefined, write(`v${i}`, 'unknown', cas)]
    const wins = cas === undefined || cas === version
    if (wins) [version, value] = [version + 1, `v${i}`]
    return answer === 'lost' ? [call, undefined, write(`v${i}`, 'unknown', cas)] : [call, returned, write(`v${i}`, wins ? version : 'refused', cas)]
  })
  return history(...rows)
}

const runs = fc.array(planned, { minLength: 1, maxLength: 60 }).map(lived)
const versionOf = ({ op }: SecretOperation) => ('read' in op ? (op.read?.version ?? 0) : typeof op.outcome === 'number' ? op.outcome : 0)
const end = 1_000_000n

describe('the judge, on random histories', () => {
  it('agrees with trying every order', () => {
    let accepted = 0
    fc.assert(
      fc.property(fc.oneof(anything, fc.array(planned, { maxLength: 7 }).map(lived)), (operations) => {
        const verdict = explained(plainly, operations)
        if (verdict) accepted += 1

        expect(verdictOf(operations).kind).toBe(verdict ? 'linearizable' : 'violation')
        if (verdict) expect(brokenPromises(operations)).toEqual([])
      }),
      { numRuns: 5000 },
    )
    expect(accepted).toBeGreaterThan(500)
  })

  it('accepts whatever a register in memory answers', () => {
    fc.assert(
      fc.property(runs, (operations) => {
        expect(brokenPromises(operations)).toEqual([])
        expect(verdictOf(operations).kind).toBe('linearizable')
      }),
      { numRuns: 1000 },
    )
  })

  it('catches every read that is older than what had been answered', () => {
    fc.assert(
      fc.property(runs, (operations) => {
        const newest = operations.toSorted((a, b) => versionOf(b) - versionOf(a))[0]
        fc.pre(newest !== undefined && versionOf(newest) > 1)
        const older = operations.find((one) => 'read' in one.op && one.op.read && versionOf(one) < versionOf(newest as SecretOperation))
        const late: SecretOperation = { client: 'late', key: 'k', call: end, returned: end + 1n, op: older?.op ?? nothing }

        expect(verdictOf([...operations, late]).kind).toBe('violation')
        expect(brokenPromises([...operations, late]).map(({ kind }) => kind)).toContain('lost write')
        const current = { ...late, call: end + 2n, returned: end + 3n, op: read(versionOf(newest as SecretOperation), 'x') }
        expect(brokenPromises([...operations, late, current]).map(({ kind }) => kind)).toContain('stale read')
      }),
      { numRuns: 500 },
    )
  })

  it('catches every update that another one took the place of', () => {
    fc.assert(
      fc.property(runs, fc.nat(), (operations, which) => {
        const writes = operations.filter(({ op }) => 'write' in op && typeof op.outcome === 'number')
        fc.pre(writes.length > 0)
        const lost = writes[which % writes.length] as SecretOperation
        const twin = { ...lost, client: 'twin', op: write('twin', versionOf(lost)) }

        expect(verdictOf([...operations, twin]).kind).toBe('violation')
        expect(brokenPromises([...operations, twin]).map(({ kind }) => kind)).toContain('doubled version')
      }),
      { numRuns: 500 },
    )
  })

  it('catches every write that took effect twice', () => {
    fc.assert(
      fc.property(runs, fc.nat(), (operations, which) => {
        const reads = operations.filter(({ op }) => 'read' in op && op.read)
        fc.pre(reads.length > 0)
        const { op } = reads[which % reads.length] as SecretOperation
        const value = 'read' in op ? (op.read?.value ?? '') : ''
        const newest = Math.max(...operations.map(versionOf))
        const again: SecretOperation = { client: 'again', key: 'k', call: end, returned: end + 1n, op: read(newest + 1, value) }

        expect(verdictOf([...operations, again]).kind).toBe('violation')
        expect(brokenPromises([...operations, again]).map(({ kind }) => kind)).toContain('changed value')
      }),
      { numRuns: 500 },
    )
  })
})

/** As many clients as a robustness run has, on as many keys; each answer takes a while. */
function longRun(count: number, keys: number, lostEvery: number): SecretOperation[] {
  const versions = new Map<string, number>()
  return Array.from({ length: count }, (_, i) => {
    const key = `k${(i * 7919) % keys}`
    const [call, returned] = [BigInt(i * 10 - ((i * 37) % 160)), BigInt(i * 10 + ((i * 53) % 160))]
    const version = versions.get(key) ?? 0
    if (i % 2 === 0) return { client: 'r', key, call, returned, op: version === 0 ? nothing : read(version, `${key} ${version}`) }
    versions.set(key, version + 1)
    const lost = i % lostEvery === 1
    return { client: 'w', key, call, returned: lost ? undefined : returned, op: write(`${key} ${version + 1}`, lost ? 'unknown' : version + 1) }
  })
}

describe('a whole run', () => {
  it('is judged at once, also with thousands of operations of many keys and hundreds without an answer', () => {
    const judgement = judgeHistory(longRun(20_000, 49, 50))

    expect(judgement).toMatchObject({ operations: 20_000, keys: 49, unknown: 400, violated: [], undecided: [], broken: [], file: undefined })
  })

  it('is judged also when all of it was done to one key', () => {
    expect(judgeHistory(longRun(4000, 1, 20))).toMatchObject({ violated: [], undecided: [], broken: [] })
  })

  it('that is wrong is written down for reading, the shortest of its keys', () => {
    const [stale] = bad['a stale read'] ?? [[]]
    const longer = longRun(400, 3, 50)
    const wrong = [...longer, { ...(longer[3] as SecretOperation), client: 'twin', op: write('twin', 1) }, ...stale]

    const judgement = judgeHistory(wrong, 'a test')
    const text = readFileSync(judgement.file ?? '', 'utf8')
    rmSync(judgement.file ?? '')

    expect(judgement.violated).toHaveLength(2)
    expect(text).toMatch(/^k: violation/)
    expect(text).toMatch(/read .* version 1 "a" {3}<== stale read: version 1 was read after version 2 .* <== no order explains it/)
  })

  it('that is wrong is an error that names what and where', () => {
    const [stale] = bad['a stale read'] ?? [[]]
    let message = ''

    try {
      mustBeLinearizable(stale, 'a test')
    } catch (error) {
      message = (error as Error).message
    }
    rmSync(/its history: (.*)$/.exec(message)?.[1] ?? '')

    expect(message).toContain('stale read at k: version 1 was read after version 2 had been answered')
    expect(message).toContain('no order explains k')
  })
})
