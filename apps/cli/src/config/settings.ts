import { CliError } from '../errors.js'
import { many, pairs, text, yes, type Values } from '../flags.js'
import type { Io } from '../io.js'

export const formats = ['table', 'json', 'yaml', 'raw'] as const
export type Format = (typeof formats)[number]

/** Flags every command takes: where the server is, and how to print. */
export const globalFlags = {
  address: text('Address of the Vault server. Also VAULT_ADDR. http, https or unix:///path.'),
  'ca-cert': text('PEM file of the CA to trust. Also VAULT_CACERT.', 'path'),
  'client-cert': text('PEM file of the client certificate. Also VAULT_CLIENT_CERT.', 'path'),
  'client-key': text('PEM file of its key. Also VAULT_CLIENT_KEY.', 'path'),
  'tls-server-name': text('Name the server certificate must carry. Also VAULT_TLS_SERVER_NAME.'),
  'tls-skip-verify': yes('Do not verify the server certificate. Unsafe. Also VAULT_SKIP_VERIFY.'),
  namespace: text('Namespace. Also VAULT_NAMESPACE; short form -ns.'),
  header: pairs('Adds an HTTP header to every request.'),
  'wrap-ttl': text('Wraps the answer for this long. Also VAULT_WRAP_TTL.', 'duration'),
  'output-curl-string': yes('Prints the equivalent curl command instead of asking. Never holds the token.'),
  'non-interactive': yes('Never asks on the terminal.'),
  format: text('Output format: table, json, yaml, raw. Also VAULT_FORMAT.'),
  field: text('Prints only this field, raw.'),
} as const

// Kept out of the list help shows, but understood.
export const quietFlags = { mfa: many('Accepted for compatibility.'), 'policy-override': yes('Accepted for compatibility.') } as const

/** Everything the environment and the global flags decide, decided once. */
export interface Settings {
  readonly address: string
  readonly token: string | undefined
  readonly namespace: string | undefined
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  readonly serverName: string | undefined
  readonly skipVerify: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly wrapTtl: string | undefined
  readonly retries: number
  /** Milliseconds; 0 waits for ever. */
  readonly timeout: number
  readonly format: Format
  readonly field: string | undefined
  readonly curl: boolean
  readonly interactive: boolean
  readonly colour: boolean
}

export function settingsOf(flags: Values<typeof globalFlags>, { env, stdout, stderr }: Io): Settings {
  const flagOr = (flag: keyof typeof flags & string, name: string) => filled(flags[flag] as string | undefined) ?? filled(env[name])
  return {
    address: filled(flags.address) ?? filled(env['VAULT_ADDR']) ?? filled(env['BAO_ADDR']) ?? 'https://127.0.0.1:8200',
    token: filled(env['VAULT_TOKEN']) ?? filled(env['BAO_TOKEN']),
    namespace: flagOr('namespace', 'VAULT_NAMESPACE')?.replace(/^\/+/, ''),
    caFile: flagOr('ca-cert', 'VAULT_CACERT'),
    certFile: flagOr('client-cert', 'VAULT_CLIENT_CERT'),
    keyFile: flagOr('client-key', 'VAULT_CLIENT_KEY'),
    serverName: flagOr('tls-server-name', 'VAULT_TLS_SERVER_NAME'),
    skipVerify: flags['tls-skip-verify'] ?? truth('VAULT_SKIP_VERIFY', env) ?? false,
    headers: flags.header,
    wrapTtl: flagOr('wrap-ttl', 'VAULT_WRAP_TTL'),
    retries: whole('VAULT_MAX_RETRIES', env) ?? 2,
    timeout: seconds('VAULT_CLIENT_TIMEOUT', env) ?? 60_000,
    format: formatOf(flagOr('format', 'VAULT_FORMAT') ?? 'table'),
    field: filled(flags.field),
    curl: flags['output-curl-string'] ?? false,
    interactive: !flags['non-interactive'],
    colour: Boolean(stdout.isTTY && stderr.isTTY) && env['NO_COLOR'] === undefined && env['VAULT_CLI_NO_COLOR'] === undefined,
  }
}

type Env = Io['env']

const filled = (value: string | undefined) => (value === undefined || value === '' ? undefined : value)

function formatOf(word: string): Format {
  const format = word.toLowerCase() === 'yml' ? 'yaml' : word.toLowerCase()
  if (!formats.includes(format as Format)) throw CliError.badFormat({ format: word })
  return format as Format
}

function truth(name: string, env: Env): boolean | undefined {
  const value = filled(env[name])
  if (value === undefined) return undefined
  if (/^(1|t|true)$/i.test(value)) return true
  if (/^(0|f|false)$/i.test(value)) return false
  throw CliError.badSetting({ name, wanted: 'true or false' })
}

function whole(name: string, env: Env): number | undefined {
  const value = filled(env[name])
  if (value === undefined) return undefined
  if (!/^\d{1,4}$/.test(value)) throw CliError.badSetting({ name, wanted: 'a whole number' })
  return Number(value)
}

function seconds(name: string, env: Env): number | undefined {
  const value = filled(env[name])
  const found = value === undefined ? undefined : /^(\d{1,6})(s|m|ms)?$/.exec(value)
  if (found === null) throw CliError.badSetting({ name, wanted: 'a duration such as 60 or "60s"' })
  const unit = { s: 1000, m: 60_000, ms: 1 }[found?.[2] ?? 's'] ?? 1000
  return found ? Number(found[1]) * unit : undefined
}
