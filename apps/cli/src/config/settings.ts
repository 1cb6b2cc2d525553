import { CliError } from '../errors.js'
import { duration, many, pairs, secondsOf, text, truthOf, yes, type Values } from '../flags.js'
import type { Io } from '../io.js'
import { foundAs, variable } from './variables.js'

export const formats = ['table', 'json', 'yaml', 'pretty', 'raw'] as const
export type Format = (typeof formats)[number]

/** Flags every command takes: where the server is, and how to print. Each variable is also read as BAO_…, which wins. */
export const globalFlags = {
  address: text('Address of the Vault server. Also VAULT_ADDR. http, https or unix:///path.'),
  'agent-address': text('Address of an agent to ask instead. Also VAULT_AGENT_ADDR, which is stronger than VAULT_ADDR.'),
  'ca-cert': text('PEM file of the CA to trust. Also VAULT_CACERT.', 'path'),
  'ca-path': text('Folder of PEM files of CAs to trust. Also VAULT_CAPATH. -ca-cert is stronger.', 'path'),
  'client-cert': text('PEM file of the client certificate. Also VAULT_CLIENT_CERT.', 'path'),
  'client-key': text('PEM file of its key. Also VAULT_CLIENT_KEY.', 'path'),
  'tls-server-name': text('Name the server certificate must carry. Also VAULT_TLS_SERVER_NAME.'),
  'tls-skip-verify': yes('Do not verify the server certificate. Unsafe. Also VAULT_SKIP_VERIFY.'),
  'disable-redirects': yes('Do not follow a redirect. Also VAULT_DISABLE_REDIRECTS.'),
  namespace: text('Namespace. Also VAULT_NAMESPACE; short form -ns.', 'string', { empty: true }),
  header: pairs('Adds an HTTP header to every request. Names that begin with X-Vault- are refused.'),
  'wrap-ttl': duration('Wraps the answer for this long. Also VAULT_WRAP_TTL.'),
  mfa: many('Sent in the header X-Vault-MFA. Also VAULT_MFA.'),
  'output-curl-string': yes('Prints the equivalent curl command instead of asking. Never holds the token.'),
  'output-policy': yes('Prints a policy that allows the request instead of asking.'),
  'non-interactive': yes('Never asks on the terminal.'),
  format: text('Output format: table, json, yaml, pretty or raw. Also VAULT_FORMAT.'),
  field: text('Prints only this field, raw.'),
} as const

// Kept out of the list help shows, but understood.
export const quietFlags = { 'policy-override': yes('Sent in the header X-Vault-Policy-Override.') } as const

/** What trusts the server and shows who asks: each as a file, or as the PEM text itself. */
export interface Trust {
  readonly caFile: string | undefined
  readonly caText: string | undefined
  readonly caFolder: string | undefined
  readonly certFile: string | undefined
  readonly certText: string | undefined
  readonly keyFile: string | undefined
  readonly keyText: string | undefined
  readonly serverName: string | undefined
  readonly skipVerify: boolean
}

/** Everything the environment and the global flags decide, decided once. */
export interface Settings extends Trust {
  readonly address: string
  readonly token: string | undefined
  readonly namespace: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly wrapTtl: string | undefined
  readonly redirects: boolean
  readonly retries: number
  /** Milliseconds; 0 waits for ever. */
  readonly timeout: number
  readonly format: Format
  readonly field: string | undefined
  /** What is printed in place of the answer. */
  readonly instead: 'curl' | 'policy' | undefined
  readonly interactive: boolean
  readonly colour: boolean
}

type Flags = Values<typeof globalFlags & typeof quietFlags>
type Env = Io['env']

export function settingsOf(flags: Flags, io: Io): Settings {
  const { env } = io
  const said = (given: string | undefined, name: string) => given ?? variable(env, name)
  return {
    ...trustOf(flags, env),
    address: flags['agent-address'] ?? flags.address ?? variable(env, 'AGENT_ADDR') ?? variable(env, 'ADDR') ?? 'https://127.0.0.1:8200',
    token: variable(env, 'TOKEN'),
    namespace: said(flags.namespace, 'NAMESPACE')?.replace(/^\/+/, '') || undefined,
    headers: headersOf(flags, env),
    wrapTtl: wrapTtlOf(flags, env),
    redirects: !(flags['disable-redirects'] ?? truth('DISABLE_REDIRECTS', env) ?? false),
    retries: whole('MAX_RETRIES', env) ?? 2,
    timeout: milliseconds('CLIENT_TIMEOUT', env) ?? 60_000,
    field: flags.field,
    instead: flags['output-curl-string'] ? 'curl' : flags['output-policy'] ? 'policy' : undefined,
    interactive: !flags['non-interactive'],
    ...lookOf(flags, io),
  }
}

/** How to print: needed before all else, for whatever goes wrong has to be said in it. */
export function lookOf({ format }: Pick<Flags, 'format'>, { env, stdout, stderr }: Io): Pick<Settings, 'format' | 'colour'> {
  return {
    format: formatOf(format ?? variable(env, 'FORMAT') ?? 'table'),
    colour: Boolean(stdout.isTTY && stderr.isTTY) && env['NO_COLOR'] === undefined && variable(env, 'CLI_NO_COLOR') === undefined,
  }
}

function trustOf(flags: Flags, env: Env): Trust {
  return {
    caFile: flags['ca-cert'] ?? (flags['ca-path'] === undefined ? variable(env, 'CACERT') : undefined),
    caText: flags['ca-path'] === undefined ? variable(env, 'CACERT_BYTES') : undefined,
    caFolder: flags['ca-path'] ?? variable(env, 'CAPATH'),
    certFile: flags['client-cert'] ?? variable(env, 'CLIENT_CERT'),
    certText: variable(env, 'CLIENT_CERT_BYTES'),
    keyFile: flags['client-key'] ?? variable(env, 'CLIENT_KEY'),
    keyText: variable(env, 'CLIENT_KEY_BYTES'),
    serverName: flags['tls-server-name'] ?? variable(env, 'TLS_SERVER_NAME'),
    skipVerify: flags['tls-skip-verify'] ?? truth('SKIP_VERIFY', env) ?? false,
  }
}

function headersOf(flags: Flags, env: Env): Record<string, string> {
  const names = Object.keys(flags.header)
  const internal = names.filter((name) => /^x-vault-/i.test(name))
  if (internal.length > 0) throw CliError.internalHeaders({ names: internal })
  for (const [name, value] of Object.entries(flags.header)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) throw CliError.badFlag({ flag: 'header', wanted: 'name=value of an HTTP header' })
  }
  const mfa = flags.mfa.length > 0 ? flags.mfa.join(', ') : variable(env, 'MFA')
  return {
    ...flags.header,
    ...(mfa !== undefined && { 'X-Vault-MFA': mfa }),
    ...(flags['policy-override'] && { 'X-Vault-Policy-Override': 'true' }),
  }
}

/** 0 is no wrapping, from the flag and from the environment. */
function wrapTtlOf(flags: Flags, env: Env): string | undefined {
  const flag = flags['wrap-ttl']
  if (flag !== undefined) return flag.seconds === 0 ? undefined : flag.text
  const value = variable(env, 'WRAP_TTL')
  const seconds = value === undefined ? 0 : secondsOf(value)
  if (seconds === undefined) throw CliError.badSetting({ name: foundAs(env, 'WRAP_TTL'), wanted: 'a duration such as 60 or 5m' })
  return seconds === 0 ? undefined : value
}

function formatOf(word: string): Format {
  const format = word.toLowerCase() === 'yml' ? 'yaml' : word.toLowerCase()
  if (!formats.includes(format as Format)) throw CliError.badFormat({ format: word })
  return format as Format
}

function truth(name: string, env: Env): boolean | undefined {
  const value = variable(env, name)
  const read = value === undefined ? undefined : truthOf(value)
  if (value !== undefined && read === undefined) throw CliError.badSetting({ name: foundAs(env, name), wanted: 'true or false' })
  return read
}

function whole(name: string, env: Env): number | undefined {
  const value = variable(env, name)
  if (value === undefined) return undefined
  if (!/^\d{1,4}$/.test(value)) throw CliError.badSetting({ name: foundAs(env, name), wanted: 'a whole number' })
  return Number(value)
}

function milliseconds(name: string, env: Env): number | undefined {
  const value = variable(env, name)
  if (value === undefined) return undefined
  const seconds = secondsOf(value)
  if (seconds === undefined || seconds < 0) throw CliError.badSetting({ name: foundAs(env, name), wanted: 'a duration such as 60 or "60s"' })
  return seconds * 1000
}
