import { Duration, LeaseTtl, Strings } from '@chatelaine/sdk'
import { Type as T, type Static } from 'typebox'
import { MountError } from '../errors.js'
import { checkType } from '../tokens/types.js'
import { isFixed, type MountConfig, type MountEntry } from './entry.js'

const Ttl = T.Optional(LeaseTtl({ description: 'A duration; "system" for the system\'s. Left as it is where it is empty.' }))

/** Vault's four, none of which the auth methods that are built in take. */
const Lockout = T.Object(
  {
    lockout_threshold: T.Optional(T.Integer({ description: 'How many failed logins lock a user out.' })),
    lockout_duration: T.Optional(Duration({ description: 'How long a user is locked out.' })),
    lockout_counter_reset: T.Optional(Duration({ description: 'After how long failed logins are forgotten.' })),
    lockout_disable: T.Optional(T.Boolean({ description: 'Lock nobody out.' })),
  },
  { description: 'Not offered by the auth methods that are built in.' },
)

/** What an operator may set about a mount, as requests spell it. Vault's clients send every field, and "" for those they were not given. */
export const Settings = {
  default_lease_ttl: Ttl,
  max_lease_ttl: Ttl,
  force_no_cache: T.Optional(T.Boolean({ description: 'Accepted; nothing is cached past a change here.' })),
  listing_visibility: T.Optional(T.String({ description: '"unauth" shows the mount to those without a token, "hidden" only to those who may use it.' })),
  audit_non_hmac_request_keys: T.Optional(Strings({ description: 'Request fields written to the audit log in clear.' })),
  audit_non_hmac_response_keys: T.Optional(Strings({ description: 'Answer fields written to the audit log in clear.' })),
  passthrough_request_headers: T.Optional(Strings({ description: 'Request headers the engine may see.' })),
  allowed_response_headers: T.Optional(Strings({ description: 'Answer headers the engine may set.' })),
  token_type: T.Optional(T.String({ description: 'For auth methods: service or default-service.' })),
  plugin_version: T.Optional(T.String({ description: 'Not offered: engines are part of the server.' })),
  user_lockout_config: T.Optional(Lockout),
}

/** The `config` of a new mount: what can be tuned later, and the type of it in the old form. */
export const Config = T.Object(
  { ...Settings, plugin_name: T.Optional(T.String({ description: 'Names the type where type is "plugin".' })) },
  { description: 'What can be tuned later.' },
)
export type GivenSettings = Static<typeof Config>

/** The settings of a new mount. A secrets engine makes no tokens, and clients that send a type for them anyway are let be. */
export function settingsFor({ kind }: Pick<MountEntry, 'kind'>, given: GivenSettings): Partial<MountConfig> {
  checkPluginVersion(given)
  if (kind === 'auth') checkLockout(given)
  return { ...common(given), ...(given.force_no_cache && { force_no_cache: true }), ...(kind === 'auth' && tokenType(given)) }
}

/** What tuning changes. `force_no_cache` is not among it: clients send it as false whenever they tune anything. */
export function settingsChanged(entry: MountEntry, given: GivenSettings): Partial<MountConfig> {
  checkPluginVersion(given)
  if (given.token_type !== undefined && entry.kind !== 'auth') throw MountError.tokenTypeOfSecrets()
  if (given.token_type !== undefined && isFixed(entry)) throw MountError.tokenTypeOfTokens()
  checkLockout(given)
  return { ...common(given), ...tokenType(given) }
}

const lists = ['audit_non_hmac_request_keys', 'audit_non_hmac_response_keys', 'passthrough_request_headers', 'allowed_response_headers'] as const

function common(given: GivenSettings): Partial<MountConfig> {
  // The system's own TTL is 0, and so is what was never set; -1 is kept as it was given, and means the same.
  const { default_lease_ttl: least, max_lease_ttl: most } = given
  const visibility = given.listing_visibility
  if (visibility !== undefined && !['', 'hidden', 'unauth'].includes(visibility)) throw MountError.visibility()
  const named = lists.filter((name) => given[name] !== undefined)
  return {
    ...(least !== undefined && { default_lease_ttl: least }),
    ...(most !== undefined && { max_lease_ttl: most }),
    ...(visibility !== undefined && { listing_visibility: visibility || undefined }),
    ...Object.fromEntries(named.map((name) => [name, given[name]?.length ? given[name] : undefined])),
  }
}

function tokenType({ token_type }: GivenSettings): Partial<MountConfig> {
  if (token_type === undefined) return {}
  checkType(token_type, ['service', 'default-service'])
  return { token_type: token_type || 'default-service' }
}

function checkPluginVersion({ plugin_version }: GivenSettings): void {
  if (plugin_version) throw MountError.pluginVersion()
}

function checkLockout({ user_lockout_config }: GivenSettings): void {
  if (user_lockout_config && Object.keys(user_lockout_config).length > 0) throw MountError.lockout()
}
