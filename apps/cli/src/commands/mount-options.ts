import { duration, isSet, many, pairs, text, whole, yes, type Duration, type Values } from '../flags.js'

/** Flags that `enable` and `tune` share, for engines and auth methods. */
export const tuneFlags = {
  description: text('What it is for.', 'string', { empty: true }),
  'default-lease-ttl': duration('How long what it gives lives, if nobody says otherwise. 0 changes nothing, -1 or "system" is the value of the server.'),
  'max-lease-ttl': duration('How long it lives at most. 0 changes nothing, -1 or "system" is the value of the server.'),
  'listing-visibility': text('Who may see it without a token: unauth or hidden.'),
  'audit-non-hmac-request-keys': many('Request fields written to the audit log as they are.'),
  'audit-non-hmac-response-keys': many('Answer fields written to the audit log as they are.'),
  'passthrough-request-headers': many('Request headers given to it.'),
  'allowed-response-headers': many('Headers it may set on answers.'),
  'allowed-managed-keys': many('Managed keys it may use.'),
  'token-type': text('For auth methods: service, batch, default-service or default-batch.'),
  'plugin-version': text('Version of the plugin to run.'),
  options: pairs('An option of its own.'),
  version: whole('Version of the engine, for kv: 1 or 2.', { from: 1 }),
  'user-lockout-threshold': text('For auth methods: how many wrong logins lock a user out.', 'uint'),
  'user-lockout-duration': duration('For auth methods: for how long.'),
  'user-lockout-counter-reset-duration': duration('For auth methods: after how long wrong logins are forgotten.'),
  'user-lockout-disable': yes('For auth methods: nobody is locked out.'),
} as const

export const enableFlags = {
  ...tuneFlags,
  path: text('Where to mount it, if not under its own name.'),
  'plugin-name': text('Name of the plugin, where the type is "plugin".'),
  local: yes('Not replicated.'),
  'seal-wrap': yes('Also wrapped by the seal.'),
  'external-entropy-access': yes('May use the source of entropy outside the server.'),
  'force-no-cache': yes('Read past every cache.'),
} as const

type Tune = Values<typeof tuneFlags>
type Enable = Values<typeof enableFlags>

/** The kind to mount. Vault's older form names it by a flag: `enable -plugin-name=NAME plugin`. */
export const typeOf = (given: string, flags: Enable): string => (given.trim() === 'plugin' ? (flags['plugin-name'] ?? 'plugin') : given.trim())

export const versionNote = ({ 'plugin-version': version }: Enable): string => (version === undefined ? '' : ` version ${version}`)

const lists = [
  'audit-non-hmac-request-keys', 'audit-non-hmac-response-keys', 'passthrough-request-headers', 'allowed-response-headers', 'allowed-managed-keys',
] as const
const words = ['listing-visibility', 'token-type', 'plugin-version'] as const

/** The fields of a mount's `config`, as far as flags gave them. */
function configOf(given: Tune, ttl: (given: Duration) => string): Record<string, unknown> {
  const lockout = lockoutOf(given)
  return {
    ...lasting('default_lease_ttl', given['default-lease-ttl'], ttl),
    ...lasting('max_lease_ttl', given['max-lease-ttl'], ttl),
    ...Object.fromEntries([...words, ...lists].filter((name) => isSet(given[name])).map((name) => [snake(name), given[name]])),
    ...(isSet(lockout) && { user_lockout_config: lockout }),
  }
}

/** 0 is "not set". */
const lasting = (name: string, given: Duration | undefined, text: (given: Duration) => string) =>
  given === undefined || given.seconds === 0 ? {} : { [name]: text(given) }

const plainTtl = ({ text: written }: Duration): string => written
const orSystem = ({ seconds, text: written }: Duration): string => (seconds < 0 ? 'system' : written)

const lockoutOf = (given: Tune): Record<string, unknown> => ({
  ...(given['user-lockout-threshold'] !== undefined && { lockout_threshold: given['user-lockout-threshold'] }),
  ...lasting('lockout_duration', given['user-lockout-duration'], plainTtl),
  ...lasting('lockout_counter_reset_duration', given['user-lockout-counter-reset-duration'], plainTtl),
  ...(given['user-lockout-disable'] !== undefined && { lockout_disable: given['user-lockout-disable'] }),
})

function optionsOf({ options, version }: Tune): Record<string, string> | undefined {
  const all = { ...options, ...(version !== undefined && { version: String(version) }) }
  return Object.keys(all).length ? all : undefined
}

const snake = (name: string) => name.replace(/-/g, '_')

/** The body of `sys/mounts/<path>` and `sys/auth/<path>`. */
export function enableInput(type: string, given: Enable): Record<string, unknown> {
  const options = optionsOf(given)
  return {
    type,
    description: given.description ?? '',
    config: { ...configOf(given, plainTtl), ...(given['force-no-cache'] && { force_no_cache: true }) },
    local: given.local ?? false,
    seal_wrap: given['seal-wrap'] ?? false,
    ...(given['external-entropy-access'] && { external_entropy_access: true }),
    ...(options && { options }),
  }
}

/** The body of a `tune`. */
export function tuneInput(given: Tune): Record<string, unknown> {
  const options = optionsOf(given)
  return { ...configOf(given, orSystem), ...(given.description !== undefined && { description: given.description }), ...(options && { options }) }
}
