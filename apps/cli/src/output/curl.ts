import type { Exchange, Outgoing } from '@chatelaine/client'
import type { Settings } from '../config/settings.js'

/** Stops a command at the request it would have sent. Not a failure: what it holds is the answer. */
export class CurlAsked extends Error {
  readonly line: string

  constructor(line: string) {
    super('the request was printed instead')
    this.line = line
  }
}

export const curlInstead = (settings: Settings, socketPath?: string): Exchange => async (message) => {
  throw new CurlAsked(curlLine(message, settings, socketPath))
}

/** A token typed into a shell stays in its history, so the line asks for it when it runs. */
export function curlLine({ method, url, headers, body }: Outgoing, settings: Partial<Settings>, socketPath?: string): string {
  const parts = ['curl']
  if (settings.skipVerify) parts.push('--insecure')
  if (settings.caFile) parts.push(`--cacert ${quoted(settings.caFile)}`)
  if (settings.certFile) parts.push(`--cert ${quoted(settings.certFile)}`)
  if (settings.keyFile) parts.push(`--key ${quoted(settings.keyFile)}`)
  if (socketPath) parts.push(`--unix-socket ${quoted(socketPath)}`)
  if (method !== 'GET') parts.push(`-X ${method}`)
  for (const [name, value] of Object.entries(headers)) {
    parts.push(name === 'X-Vault-Token' ? '-H "X-Vault-Token: $(vault print token)"' : `-H ${shell(`${name}: ${value}`)}`)
  }
  if (body !== undefined && body !== '{}') parts.push(`-d ${quoted(body)}`)
  return [...parts, quoted(url)].join(' ')
}

const quoted = (text: string) => `'${text.replace(/'/g, `'\\''`)}'`
const shell = (text: string) => (/["$`\\!]/.test(text) ? quoted(text) : `"${text}"`)
