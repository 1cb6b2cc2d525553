import { randomBytes } from 'node:crypto'

/** A salt holds for an hour, and the next begins halfway, so that a client always has one to move on to. */
const LIFE = 3600
const STEP = LIFE / 2

export interface Salt {
  readonly salt: bigint
  readonly since: number
  readonly until: number
}

/** The salts of one key, against replay (https://core.telegram.org/mtproto/description#server-salt). */
export class SaltBook {
  #salts: Salt[]

  constructor(first: bigint, now: number) {
    this.#salts = [lasting(first, now)]
  }

  /** The newest that has begun: what the server itself writes. */
  current(now: number): bigint {
    this.#extend(now)
    return this.#salts.findLast(({ since }) => since <= now)?.salt ?? this.#salts[0]!.salt
  }

  accepts(salt: bigint, now: number): boolean {
    this.#extend(now)
    return this.#salts.some((known) => known.salt === salt && now < known.until)
  }

  /** The current one and those after it, for get_future_salts. */
  upcoming(count: number, now: number): readonly Salt[] {
    this.#extend(now + count * STEP)
    return this.#salts.filter(({ until }) => until > now).slice(0, count)
  }

  /** Forgets every salt, as a server does that lost its memory. */
  replace(now: number): void {
    this.#salts = [lasting(randomSalt(), now)]
  }

  #extend(until: number): void {
    let last = this.#salts.at(-1)!
    while (last.since + STEP <= until) {
      last = lasting(randomSalt(), last.since + STEP)
      this.#salts.push(last)
      if (this.#salts.length > 256) this.#salts.shift()
    }
  }
}

const lasting = (salt: bigint, since: number): Salt => ({ salt, since, until: since + LIFE })
const randomSalt = () => randomBytes(8).readBigUInt64LE()
