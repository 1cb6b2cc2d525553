import { compareKeys, type Page } from '@chatelaine/sdk'
import type { Location } from './slots.js'

/** A key and where its entry lay at the moment of the snapshot. */
export interface Found {
  readonly key: string
  readonly location: Location
}

/** What a Past reads of the index it belongs to. */
interface Index {
  find(key: string): Location | undefined
  list(prefix: string, page: Page): string[]
}

interface Step {
  readonly prefix: string
  /** A page of the folder's names; the next is asked for after its last. */
  names: readonly string[]
  at: number
}

const PAGE = 0x400

/**
 * The index as it was at one moment, walked in key order while it goes on changing. Nothing is copied beforehand: the index
 * tells of every change before it makes it (`remember`), and the walk takes what a key was before its first change. What the
 * walk has passed need not be remembered any more.
 *
 *     then: a b c     given so far: a     now, after b was changed, c removed and d added: a b' d
 *     changed { b → b, c → c, d → nothing }, gone { c }     still to be given: b c
 */
export class Past {
  readonly #index: Index
  readonly #changed = new Map<string, Location | undefined>()
  /** Of the changed, those the walk may not meet any more. */
  readonly #gone = new Set<string>()
  readonly #steps: Step[]
  /** The last key that was walked past. */
  #horizon = ''
  #finished = false

  constructor(index: Index) {
    this.#index = index
    this.#steps = [{ prefix: '', names: index.list('', { limit: PAGE }), at: 0 }]
  }

  /** Is told before `key` changes. */
  remember(key: string, then: Location | undefined, removed: boolean): void {
    if (this.#finished || compareKeys(key, this.#horizon) <= 0) return
    if (!this.#changed.has(key)) this.#changed.set(key, then)
    if (removed && this.#changed.get(key)) this.#gone.add(key)
  }

  /** At least `most` more, unless these are the last. Empty when all have been given. */
  next(most: number): Found[] {
    const found: Found[] = []
    while (found.length < most && !this.#finished) {
      const key = this.#step()
      const location = key === undefined ? undefined : this.#then(key)
      if (key === undefined) this.#finished = true
      else this.#horizon = key
      if (key !== undefined && location) found.push({ key, location })
    }
    return this.#withGone(found)
  }

  #then(key: string): Location | undefined {
    if (!this.#changed.has(key)) return this.#index.find(key)
    const location = this.#changed.get(key)
    this.#changed.delete(key)
    this.#gone.delete(key)
    return location
  }

  /** Adds what was removed before the walk came to it. */
  #withGone(found: Found[]): Found[] {
    let added = false
    for (const key of this.#gone) {
      if (!this.#finished && compareKeys(key, this.#horizon) > 0) continue
      found.push({ key, location: this.#changed.get(key)! })
      this.#changed.delete(key)
      this.#gone.delete(key)
      added = true
    }
    return added ? found.sort((a, b) => compareKeys(a.key, b.key)) : found
  }

  /**
   * The next key below the steps. A folder's names are listed as the walk comes to them: those that came since were changed from
   * nothing, those that went are among the gone.
   */
  #step(): string | undefined {
    for (let step = this.#steps.at(-1); step; step = this.#steps.at(-1)) {
      const name = step.names[step.at++]
      if (name === undefined) this.#turnPage(step)
      else if (!name.endsWith('/')) return step.prefix + name
      else this.#steps.push({ prefix: step.prefix + name, names: this.#index.list(step.prefix + name, { limit: PAGE }), at: 0 })
    }
    return undefined
  }

  #turnPage(step: Step): void {
    const last = step.names.at(-1)
    if (last === undefined || step.names.length < PAGE) return void this.#steps.pop()
    step.names = this.#index.list(step.prefix, { after: last, limit: PAGE })
    step.at = 0
  }
}
