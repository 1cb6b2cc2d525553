export type Kind = 'read' | 'write'

export interface Gap {
  readonly ms: number
  /** When it began, in milliseconds after the moment that was asked about; below 0 where it began before. */
  readonly at: number
}

interface Refusal {
  readonly at: number
  readonly took: number
  readonly status: number | 'lost'
  /** In the server's words. */
  readonly said: string
}

/** When one node answered with success, and when it refused and how long that took. Times are milliseconds of `performance.now()`. */
export class Timeline {
  readonly #successes: Record<Kind, number[]> = { read: [], write: [] }
  readonly #refusals: Refusal[] = []

  succeeded(kind: Kind): void {
    this.#successes[kind].push(performance.now())
  }

  refused(status: number | 'lost', since: number, said = ''): void {
    const at = performance.now()
    this.#refusals.push({ at, took: at - since, status, said })
  }

  count(kind: Kind, from = 0): number {
    const times = this.#successes[kind]
    return times.length - firstAfter(times, from)
  }

  /** The longest time without a success of that kind, from the last before `from` to `to`. */
  longestGap(kind: Kind, from: number, to: number): Gap {
    const times = this.#successes[kind]
    const first = firstAfter(times, from)
    let last = times[first - 1] ?? from
    let longest: Gap = { ms: 0, at: 0 }
    for (let i = first; last < to; i++) {
      const next = Math.min(times[i] ?? to, to)
      if (next - last > longest.ms) longest = { ms: next - last, at: last - from }
      last = next
    }
    return longest
  }

  /** How long after `from` the first success came; Infinity when none did. */
  firstSuccess(kind: Kind, from: number): number {
    const times = this.#successes[kind]
    return (times[firstAfter(times, from)] ?? Infinity) - from
  }

  /** What was answered instead of success between the two: how often each status, and the slowest and the soonest that was no silence. */
  refusals(from: number, to: number) {
    const within = this.#refusals.filter(({ at }) => at >= from && at <= to)
    const statuses: Record<string, number> = {}
    for (const { status } of within) statuses[status] = (statuses[status] ?? 0) + 1
    const clear = within.filter(({ status }) => status !== 'lost')
    const slowest = clear.reduce<Refusal | undefined>((a, b) => (a && a.took >= b.took ? a : b), undefined)
    return { statuses, slowestMs: slowest?.took ?? 0, slowestSaid: slowest?.said ?? '', firstMs: Math.min(Infinity, ...clear.map(({ at }) => at - from)) }
  }
}

/** The place of the first of ascending `times` that is after `from`. */
function firstAfter(times: readonly number[], from: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) > from) high = middle
    else low = middle + 1
  }
  return low
}
