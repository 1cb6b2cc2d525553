import { decodeRecord, type Storage } from '@chatelaine/sdk'
import { policyNames } from './policy-names.js'

/** Which people get which policies. */
export interface Role {
  readonly user_ids: readonly number[]
  readonly token_policies: readonly string[]
  readonly token_ttl: number
  readonly token_max_ttl: number
  readonly token_num_uses: number
  readonly token_no_default_policy: boolean
}

export type Named = readonly [name: string, role: Role]

const prefix = 'role/'
export const keyOf = (name: string) => prefix + name

export const initially: Role = {
  user_ids: [], token_policies: [], token_ttl: 300, token_max_ttl: 0, token_num_uses: 0, token_no_default_policy: false,
}

export async function stored(storage: Storage, name: string) {
  const entry = await storage.get(keyOf(name))
  return { revision: entry?.revision ?? 0n, role: entry && decodeRecord<Role>(entry.value) }
}

/** All policies of the roles; of their limits on a token the strictest. */
export function grantedBy(roles: readonly Role[]) {
  const strictest = (limits: readonly number[]) => Math.min(...limits.map((limit) => limit || Infinity))
  const limit = (limits: readonly number[]) => (strictest(limits) === Infinity ? 0 : strictest(limits))
  return {
    policies: policyNames(roles.flatMap((role) => role.token_policies)),
    ttl: limit(roles.map((role) => role.token_ttl)),
    maxTtl: limit(roles.map((role) => role.token_max_ttl)),
    numUses: limit(roles.map((role) => role.token_num_uses)),
    noDefaultPolicy: roles.some((role) => role.token_no_default_policy),
  }
}

/** What a token of these roles is renewed by: all of them must still be there and bind its holder. */
export async function renewedBy(storage: Storage, userId: number, names: readonly string[]) {
  const found = await Promise.all(names.map((name) => rolesOf(storage, userId, name)))
  return found.every((roles) => roles.length > 0) ? grantedBy(found.flat().map(([, role]) => role)) : undefined
}

/** The roles `userId` is bound to: the one asked for, or all, by name. Roles stand for groups of people and are few. */
export async function rolesOf(storage: Storage, userId: number, asked: string | undefined): Promise<readonly Named[]> {
  const names = asked === undefined ? await storage.list(prefix) : [asked]
  const found = await Promise.all(names.map(async (name) => [name, (await stored(storage, name)).role] as const))
  return found.flatMap(([name, role]) => (role?.user_ids.includes(userId) ? [[name, role] as const] : []))
}

export const roleNames = (storage: Storage): Promise<string[]> => storage.list(prefix)

/** Every policy that some role grants. */
export async function policiesOfRoles(storage: Storage): Promise<readonly string[]> {
  const roles = await Promise.all((await roleNames(storage)).map((name) => stored(storage, name)))
  return roles.flatMap(({ role }) => role?.token_policies ?? [])
}
