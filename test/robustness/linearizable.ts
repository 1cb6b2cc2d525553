/** One thing that many use at once, as it would be if they used it one after the other. */
export interface Model<State, Op> {
  readonly initial: State
  /**
   * The state after `op`; undefined where `op` cannot have had its outcome in `state`; `state` itself, and no copy, where `op` is of
   * those that change nothing in any state.
   */
  step(state: State, op: Op): State | undefined
  /** Equal for equal states and for no others. */
  key(state: State): string
  /**
   * Operations that may have had no effect and have equal kinds do the same to every state, so that it makes no difference
   * which of them did it. Undefined where `op` is like no other.
   */
  kind?(op: Op): string | undefined
  /** True when `op` can have its outcome neither in `state` nor in any state that can follow it. */
  spent?(state: State, op: Op): boolean
}

/** What one client did to one key. Times are those of `now` in history.ts. */
export interface Operation<Op> {
  readonly client: string
  readonly key: string
  readonly call: bigint
  /** Undefined where no answer came: it may have had its effect at any time from `call` on, or none. */
  readonly returned: bigint | undefined
  readonly op: Op
}

export type Verdict<Op> =
  | { readonly kind: 'linearizable' }
  /** `at` is the first operation whose answer nothing explains; the thing was then in one of `states` just before. */
  | { readonly kind: 'violation'; readonly at: Operation<Op>; readonly states: readonly string[] }
  /** There were more possibilities than the caller would have tried. */
  | { readonly kind: 'undecided' }

/** One way in which things can have gone: the state reached, and which pending operations had their effect on the way. */
interface World<State> {
  readonly state: State
  /** Places in the order of calls, ascending. */
  readonly taken: readonly number[]
}

type Worlds<State> = ReadonlyMap<string, World<State>>

/**
 * Judges the history of one key after Wing and Gong, with the configurations remembered (Lowe). It goes through the calls and
 * returns in order of time and keeps every world that is still possible; a return leaves those in which the operation has had
 * its effect by then, or can have it now. What overlaps is tried in every order, but only when a return asks for it.
 *
 * Two things keep the worlds few. An operation that never changes anything has its effect as soon as it can: putting it later could not
 * allow more, since it has been called and nothing that follows depends on it. And of operations without an answer that are of
 * one kind only the one called first is tried: where a later one had its effect, the earlier, still free, could have had it.
 */
export function judge<State, Op>(model: Model<State, Op>, operations: readonly Operation<Op>[], most = 2_000_000): Verdict<Op> {
  const called = operations.toSorted((a, b) => compare(a.call, b.call))
  const search = new Search(model, called, most)
  for (const { place, returns } of eventsOf(called)) {
    if (!returns) search.call(place)
    else if (!search.return(place)) {
      const states = [...search.worlds.values()].map(({ state }) => model.key(state))
      return search.left < 0 ? { kind: 'undecided' } : { kind: 'violation', at: called[place] as Operation<Op>, states }
    }
  }
  return { kind: 'linearizable' }
}

const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0)

/** In order of time. What is called when something else returns counts as called before: the clock does not tell them apart. */
function eventsOf(called: readonly Operation<unknown>[]) {
  const calls = called.map(({ call: at }, place) => ({ at, place, returns: false }))
  const returns = called.flatMap(({ returned: at }, place) => (at === undefined ? [] : [{ at, place, returns: true }]))
  return [...calls, ...returns].sort((a, b) => compare(a.at, b.at) || Number(a.returns) - Number(b.returns))
}

class Search<State, Op> {
  readonly #model: Model<State, Op>
  readonly #called: readonly Operation<Op>[]
  /** Called, and not yet returned. Ascending. */
  #pending: number[] = []
  worlds: Worlds<State>
  /** How many steps may still be tried. */
  left: number

  constructor(model: Model<State, Op>, called: readonly Operation<Op>[], most: number) {
    this.#model = model
    this.#called = called
    this.left = most
    const first = { state: model.initial, taken: [] }
    this.worlds = new Map([[this.#keyOf(first), first]])
  }

  call(place: number): void {
    this.#pending.push(place)
    this.worlds = this.#merged([...this.worlds.values()].map((world) => this.#settled(world, [place])))
  }

  /** False when no world is left; then `worlds` are those there were. */
  return(place: number): boolean {
    const done: World<State>[] = []
    const seen = new Map(this.worlds)
    const open = [...seen.values()]
    for (let world = open.pop(); world; world = open.pop()) {
      if (world.taken.includes(place)) {
        done.push({ ...world, taken: world.taken.filter((taken) => taken !== place) })
        continue
      }
      for (const next of this.#next(world)) {
        const key = this.#keyOf(next)
        if (seen.has(key)) continue
        seen.set(key, next)
        open.push(next)
      }
      if (this.left < 0) return false
    }
    if (done.length === 0) return false
    this.#pending = this.#pending.filter((pending) => pending !== place)
    this.worlds = this.#merged(done)
    return true
  }

  /** The worlds one effect further. */
  *#next({ state, taken }: World<State>): Generator<World<State>> {
    const kinds = new Set<string>()
    for (const place of this.#pending) {
      if (taken.includes(place)) continue
      const { op, returned } = this.#called[place] as Operation<Op>
      const kind = returned === undefined ? this.#model.kind?.(op) : undefined
      if (kind !== undefined && kinds.has(kind)) continue
      if (kind !== undefined) kinds.add(kind)
      this.left -= 1
      const next = this.#model.step(state, op)
      if (next !== undefined) yield this.#settled({ state: next, taken: inserted(taken, place) }, this.#pending)
    }
  }

  /**
   * The world after those of `places` that change nothing have had their effect, and those without an answer that can have none
   * any more are done with.
   */
  #settled(world: World<State>, places: readonly number[]): World<State> {
    const { state } = world
    const settles = (place: number) => {
      if (world.taken.includes(place)) return false
      const { op, returned } = this.#called[place] as Operation<Op>
      if (returned === undefined) return this.#model.spent?.(state, op) ?? false
      return this.#model.step(state, op) === state
    }
    return { state, taken: places.filter(settles).reduce(inserted, world.taken) }
  }

  #merged(worlds: readonly World<State>[]): Worlds<State> {
    return new Map(worlds.map((world) => [this.#keyOf(world), world]))
  }

  #keyOf({ state, taken }: World<State>): string {
    return `${taken.join()}|${this.#model.key(state)}`
  }
}

function inserted(sorted: readonly number[], place: number): number[] {
  const at = sorted.findIndex((other) => other > place)
  return at < 0 ? [...sorted, place] : [...sorted.slice(0, at), place, ...sorted.slice(at)]
}
