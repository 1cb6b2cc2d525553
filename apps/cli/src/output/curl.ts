import type { Outgoing } from '@chatelaine/client'
import type { Settings } from '../config/settings.js'

/** A token typed into a shell stays in its history, so the line asks for it when it runs. */
export function curlLine({ method, url, headers, body }: Outgoing, settings: Partial<Settings>, socketPath?: string): string {
  const parts = ['curl']
  if (settings.skipVerify) parts.push('--insecure')
  if (settings.caFile) parts.push(`--cacert ${quoted(settings.caFile)}`)
  else if (settings.caFolder) parts.push(`--capath ${quoted(settings.caFolder)}`)
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
