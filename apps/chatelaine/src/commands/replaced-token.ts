import { ClientError, type Vault } from '@chatelaine/client'

interface Replaced {
  /** The token that stood in `.env`. */
  readonly old: string
  /** The operator's, by which we ask. */
  readonly asking: string | undefined
}

/**
 * Revokes the token that a new one has replaced, and says what became of it. Only a userbot's is revoked: somebody may have put their
 * own there, or root's, and would lose their way into the Vault.
 */
export async function wordsOfReplaced(vault: Vault, { old, asking }: Replaced): Promise<string> {
  const kept = 'The token that was in .env before'
  if (old === asking) return `${kept} is the one this command used, and was left alone. Revoke it when nobody needs it any more.`
  const its = vault.as(old)
  try {
    const policies = (await its.read('auth/token/lookup-self'))?.['policies']
    const own = Array.isArray(policies) && policies.includes('userbot') && !policies.includes('root')
    if (!own) return `${kept} is not a userbot's, and was left alone. Revoke it when nobody needs it any more.`
    await its.write('auth/token/revoke-self')
    return `${kept} is revoked. A userbot that runs takes the new one by itself.`
  } catch (error) {
    if (ClientError.denied.is(error)) return `${kept} was no longer good at this Vault.`
    return `${kept} could not be revoked: run "chatelaine token revoke" with it.`
  }
}
