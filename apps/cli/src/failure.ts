import { ClientError, isRefusal, type Refusal } from '@chatelaine/client'
import { VaultError } from '@chatelaine/sdk'
import { CliError, isNothing, isSetup } from './errors.js'
import type { Settings } from './config/settings.js'

/** What is said about a failure, and the code the program ends with. */
export interface Failure {
  readonly text: string
  /** 1: something here, before the server had a say. 2: the server, or the way to it. 127: no command of that name. */
  readonly code: 1 | 2 | 127
}

export interface Circumstances {
  readonly doing?: string | undefined
  readonly settings?: Settings | undefined
  /** Nobody has logged in. */
  readonly anonymous: boolean
}

export function failureOf(error: unknown, { doing, settings, anonymous }: Circumstances): Failure {
  const head = doing ? `Error ${doing}: ` : ''
  if (isRefusal(error)) return { text: head + refusalText(error.details) + next(adviceOnRefusal(error.details, anonymous)), code: 2 }
  if (isNothing(error)) return { text: (error as Error).message, code: 2 }
  if (isSilence(error)) return { text: head + (error as Error).message + next(adviceOnSilence(error, settings)), code: 2 }
  if (isSetup(error) || isUnusable(error)) return { text: (error as Error).message, code: 2 }
  if (CliError.unknownCommand.is(error)) return { text: error.message, code: error.details.words.includes(' ') ? 1 : 127 }
  if (error instanceof VaultError) return { text: error.message, code: 1 }
  return { text: head + (error instanceof Error ? error.message : 'failed'), code: 1 }
}

const isSilence = (error: unknown) =>
  [ClientError.unreachable, ClientError.broken, ClientError.untrusted, ClientError.notTls, ClientError.timeout, ClientError.badRedirect]
    .some((row) => row.is(error))

const isUnusable = (error: unknown) => [ClientError.badAddress, ClientError.needsTransport].some((row) => row.is(error))

/** Vault's own form, which scripts and people search for. */
export function refusalText({ method, url, status, errors, warnings = [], raw, namespace }: Refusal): string {
  const where = `Error making API request.\n\n${namespace ? `Namespace: ${namespace}\n` : ''}URL: ${method} ${url}\nCode: ${status}.`
  if (errors.length === 0 && raw) return `${where} Raw Message:\n\n${raw}`
  return `${where} Errors:\n\n${[...errors, ...warnings].map((one) => `* ${one}`).join('\n')}`.trimEnd()
}

const next = (advice: string | undefined) => (advice ? `\n\n${advice}` : '')

function adviceOnRefusal({ status, errors, raw = '', url }: Refusal, anonymous: boolean): string | undefined {
  const said = `${errors.join(' ')} ${raw}`
  if (/HTTP request to an HTTPS server/i.test(said)) return `The server speaks TLS: set VAULT_ADDR=${new URL(url).origin.replace('http:', 'https:')}`
  if (status === 503 && /sealed/i.test(said)) return 'The server is sealed: unseal it with "operator unseal".'
  if (status === 501 || /not initialized/i.test(said)) return 'The server has no root key yet: start it with "operator init".'
  if (status === 403 && anonymous) return 'No token was sent: log in with "login", or set VAULT_TOKEN.'
  return undefined
}

function adviceOnSilence(error: unknown, settings: Settings | undefined): string | undefined {
  const address = settings?.address ?? ''
  if (ClientError.unreachable.is(error)) return `Is the server running there? The address is ${address}; VAULT_ADDR or -address sets another.`
  if (ClientError.notTls.is(error)) return `The server answers without TLS: set VAULT_ADDR=${address.replace('https:', 'http:')}`
  if (ClientError.untrusted.is(error)) return 'Its certificate is not trusted here: name its CA with VAULT_CACERT or -ca-cert.'
  if (ClientError.broken.is(error) && address.startsWith('http:')) return `If the server speaks TLS, set VAULT_ADDR=${address.replace('http:', 'https:')}`
  return undefined
}
