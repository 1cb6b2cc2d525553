import type { KnownKey } from './keys.js'
import type { Session } from './session.js'

/** Clients make up as many sessions as they like; beyond this, the one longest unconnected goes. */
const MOST_SESSIONS = 1024

/** Every session of every key. */
export class Sessions implements Iterable<Session> {
  readonly #sessions = new Map<string, Session>()

  get(key: KnownKey, id: bigint): Session | undefined {
    return this.#sessions.get(named(key, id))
  }

  add(session: Session): void {
    this.#sessions.set(named(session.key, session.id), session)
    if (this.#sessions.size <= MOST_SESSIONS) return
    for (const [name, { connection }] of this.#sessions) {
      if (connection) continue
      this.#sessions.delete(name)
      return
    }
  }

  remove(key: KnownKey, id: bigint): boolean {
    return this.#sessions.delete(named(key, id))
  }

  forget(key: KnownKey): void {
    for (const [name, session] of this.#sessions) if (session.key === key) this.#sessions.delete(name)
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#sessions.values()
  }
}

const named = ({ id: key }: KnownKey, id: bigint) => `${key}:${id}`
