import type { Clock } from '@chatelaine/sdk'

/** A clock that moves only when told. */
export interface MovableClock extends Clock {
  forward(seconds: number): void
}

export function movableClock(start = '2030-01-01T00:00:00Z'): MovableClock {
  let now = Date.parse(start)
  return {
    now: () => new Date(now),
    forward(seconds) {
      now += seconds * 1000
    },
  }
}
