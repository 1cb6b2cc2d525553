import type { Vault } from '@chatelaine/client'

/** What `/get_keys` shows here, the example of the README. */
export const exampleKeys = { api_id: '123456', api_hash: 'abcdef1234567890' }

/** May read what `/get_keys` shows, and nothing else. */
const telegramKeys = `path "secret/data/telegram" {
  capabilities = ["read"]
}
`

/** All the userbot may do by itself: vouch for who sent a message, and keep the key its own session is sealed with. */
const userbot = `path "auth/telegram/login" {
  capabilities = ["update"]
}

path "secret/data/telega/session-key" {
  capabilities = ["create", "read", "update"]
}
`

/** For the newcomer at the keyboard: everything under secret/. */
const newcomer = `path "secret/*" {
  capabilities = ["create", "read", "update", "patch", "delete", "list"]
}
`

/** What any Vault needs before a userbot can stand before it: a way to vouch for senders, and the two policies. */
export async function furnishUserbot(vault: Vault): Promise<void> {
  const methods = (await vault.read('sys/auth')) ?? {}
  if (!('telegram/' in methods)) await vault.write('sys/auth/telegram', { type: 'telegram', description: 'who sent a message' })
  await vault.write('sys/policies/acl/telegram-keys', { policy: telegramKeys })
  await vault.write('sys/policies/acl/userbot', { policy: userbot })
}

/** Puts in place what this house needs, leaving alone what is there already. Speaks Vault's API and nothing else. */
export async function furnish(vault: Vault, keys: Readonly<Record<string, string>>): Promise<void> {
  const mounts = (await vault.read('sys/mounts')) ?? {}
  if (!('secret/' in mounts)) {
    await vault.write('sys/mounts/secret', { type: 'kv', description: 'key/value secret storage', options: { version: '2' } })
  }
  await furnishUserbot(vault)
  await vault.write('sys/policies/acl/newcomer', { policy: newcomer })
  if (!(await vault.read('secret/data/telegram'))) await vault.write('secret/data/telegram', { data: keys })
}

/** Adds `ids` to those who may ask for the keys. */
export async function allow(vault: Vault, ids: readonly number[]): Promise<readonly number[]> {
  const role = `auth/telegram/role/${roles.telegram}`
  const before = (await vault.read(role))?.['user_ids']
  const all = [...new Set([...(Array.isArray(before) ? before.map(Number) : []), ...ids])]
  await vault.write(role, { user_ids: all, token_policies: ['telegram-keys'], token_ttl: '5m' })
  return all
}

/** Whose numbers: those of the sandbox mean other people, or nobody, on Telegram itself. */
export type Where = 'telegram' | 'sandbox'

const roles: Readonly<Record<Where, string>> = { telegram: 'telegram-keys', sandbox: 'sandbox-keys' }

/** Lets the users `ids` ask for the keys, and nobody else: who was admitted before, or elsewhere, no longer is. */
export async function admit(vault: Vault, where: Where, ids: readonly number[]): Promise<void> {
  for (const role of Object.values(roles)) await vault.delete(`auth/telegram/role/${role}`)
  await vault.write(`auth/telegram/role/${roles[where]}`, { user_ids: ids, token_policies: ['telegram-keys'], token_ttl: '5m' })
}

/** A token with one policy, for a day at a time. */
export async function tokenFor(vault: Vault, policy: string): Promise<string> {
  const auth = await vault.login('auth/token/create-orphan', { policies: [policy], period: '24h', display_name: policy })
  return auth.client_token
}
