/** A server's clock that a test moves, so that nobody waits for what time alone would bring. */
export interface MovableClock {
  now(): Date
  forward(seconds: number): void
}

export function movableClock(): MovableClock {
  let ahead = 0
  return {
    now: () => new Date(Date.now() + ahead),
    forward(seconds) {
      ahead += seconds * 1000
    },
  }
}
