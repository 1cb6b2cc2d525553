import type { Clock } from '../clock.js'

/** How far a client's clock may be off (https://core.telegram.org/mtproto/description#message-identifier-msg-id). */
const OLDEST = 300n
const NEWEST = 30n

/** An answer to something the client sent ends in 1, what the server says of its own accord in 3. */
export type Kind = 'answer' | 'notice'

/** Unix time in 2^-32 seconds, ever increasing even when the clock stands still. */
export class MessageIds {
  readonly #clock: Clock
  #last = 0n

  constructor(clock: Clock) {
    this.#clock = clock
  }

  next(kind: Kind): bigint {
    const now = ticks(this.#clock) & ~3n
    this.#last = now > this.#last ? now : this.#last + 4n
    return this.#last | (kind === 'answer' ? 1n : 3n)
  }
}

const ticks = (clock: Clock) => (BigInt(clock().getTime()) << 32n) / 1000n

/** Why a client's message id is refused: a code of bad_msg_notification. */
export function idFault(id: bigint, clock: Clock): 16 | 17 | 18 | undefined {
  if ((id & 3n) !== 0n) return 18
  const now = ticks(clock)
  if (id < now - (OLDEST << 32n)) return 16
  return id > now + (NEWEST << 32n) ? 17 : undefined
}
