import type { TokenStore } from './store.js'

/** Revokes every token whose path begins with `address`: whom an auth method that is being removed has let in. */
export async function revokeMade(store: TokenStore, address: string, revoke: (key: string) => Promise<void>): Promise<void> {
  for await (const { key, entry } of store.all()) {
    if (entry.path.startsWith(address)) await revoke(key)
  }
}
