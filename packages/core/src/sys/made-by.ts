import type { SysContext } from './context.js'

/** Revokes every token whose path begins with `address`: what an auth method that is being removed has let in. */
export async function revokeMade({ tokens, revoke }: Pick<SysContext, 'tokens' | 'revoke'>, address: string): Promise<void> {
  for (const key of await tokens.keys()) {
    const token = await tokens.byKey(key)
    if (token?.entry.path.startsWith(address)) await revoke(key)
  }
}
