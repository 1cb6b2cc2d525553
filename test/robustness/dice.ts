export interface Dice {
  below(limit: number): number
  /** As a word. */
  number(): string
}

/** Mulberry32: the same numbers again for the same seed. */
export function dice(seed: number): Dice {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return { below: (limit) => Math.floor(next() * limit), number: () => `${Math.floor(next() * 1e9)}` }
}
