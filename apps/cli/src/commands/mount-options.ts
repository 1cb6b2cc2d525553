import { many, pairs, text, whole, yes, type Values } from '../flags.js'

/** Flags that `enable` and `tune` share, for engines and auth methods. */
export const tuneFlags = {
  description: text('What it is for.'),
  'default-lease-ttl': text('How long what it gives lives, if nobody says otherwise.', 'duration'),
  'max-lease-ttl': text('How long it lives at most.', 'duration'),
  'listing-visibility': text('Who may see it without a token: unauth or hidden.'),
  'audit-non-hmac-request-keys': many('Request fields written to the audit log as they are.'),
  'audit-non-hmac-response-keys': many('Answer fields written to the audit log as they are.'),
  'passthrough-request-headers': many('Request headers given to it.'),
  'allowed-response-headers': many('Headers it may set on answers.'),
  'token-type': text('For auth methods: service, batch, default-service or default-batch.'),
  'plugin-version': text('Accepted for compatibility.'),
  options: pairs('An option of its own.'),
  version: whole('Version of the engine, for kv: 1 or 2.'),
} as const

export const enableFlags = {
  ...tuneFlags,
  path: text('Where to mount it, if not under its own name.'),
  'plugin-name': text('Accepted for compatibility.'),
  local: yes('Not replicated.'),
  'seal-wrap': yes('Also wrapped by the seal.'),
  'external-entropy-access': yes('Accepted for compatibility.'),
  'force-no-cache': yes('Read past every cache.'),
} as const

type Tune = Values<typeof tuneFlags>

/** The fields of a mount's `config`, as far as flags gave them. */
export function configOf(given: Tune): Record<string, unknown> {
  const lists = ['audit-non-hmac-request-keys', 'audit-non-hmac-response-keys', 'passthrough-request-headers', 'allowed-response-headers'] as const
  const words = ['default-lease-ttl', 'max-lease-ttl', 'listing-visibility', 'token-type'] as const
  return {
    ...Object.fromEntries(words.filter((name) => given[name] !== undefined).map((name) => [snake(name), given[name]])),
    ...Object.fromEntries(lists.filter((name) => given[name].length).map((name) => [snake(name), given[name]])),
  }
}

export function optionsOf({ options, version }: Tune): Record<string, string> | undefined {
  const all = { ...options, ...(version !== undefined && { version: String(version) }) }
  return Object.keys(all).length ? all : undefined
}

const snake = (name: string) => name.replace(/-/g, '_')

/** The body of `sys/mounts/<path>` and `sys/auth/<path>`. */
export function enableInput(type: string, given: Values<typeof enableFlags>): Record<string, unknown> {
  const options = optionsOf(given)
  return {
    type,
    description: given.description ?? '',
    config: { ...configOf(given), ...(given['force-no-cache'] && { force_no_cache: true }) },
    local: given.local ?? false,
    seal_wrap: given['seal-wrap'] ?? false,
    ...(options && { options }),
  }
}

/** The body of a `tune`. */
export function tuneInput(given: Tune): Record<string, unknown> {
  const options = optionsOf(given)
  return { ...configOf(given), ...(given.description !== undefined && { description: given.description }), ...(options && { options }) }
}
