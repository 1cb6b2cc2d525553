import type { TokenEntry } from './entry.js'
import { Failures } from './revoking.js'
import type { TokenStore } from './store.js'

/**
 * Revokes every token that is `chosen`: whom an auth method that is being removed has let in, what was made under a path. One that
 * cannot be read or ended keeps no other; it is reported at the end.
 */
export async function revokeWhere(
  store: TokenStore,
  chosen: (entry: TokenEntry) => boolean,
  revoke: (key: string) => Promise<void>,
): Promise<void> {
  const failures = new Failures()
  for await (const { key, entry } of store.records((error) => failures.add(error))) {
    if (chosen(entry)) await failures.none(() => revoke(key))
  }
  failures.raise()
}
