import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { TelegaError } from './errors.js'

/** What the userbot is told by its surroundings. Paths are absolute. */
export interface Settings {
  /** `telega/session_keys.json` as the brief has it. */
  readonly keysFile: string
  readonly sessionFile: string
  readonly vaultAddress: string | undefined
  readonly vaultToken: string | undefined
  readonly passphrase: string | undefined
  /** Where `/get_keys` looks: mount and path of a secret with `api_id` and `api_hash`. */
  readonly keysSecret: string
  /** A Telegram of one's own, for trying: host:port and the file with its public key. */
  readonly server: { readonly address: string; readonly keyFile: string } | undefined
}

type Env = Readonly<Record<string, string | undefined>>

/** Reads `.env` in `folder` under the environment: what is exported wins, as everywhere. */
export function readSettings(folder: string, env: Env): Settings {
  const file = join(folder, '.env')
  const fromFile = existsSync(file) ? parse(readFileSync(file)) : {}
  const merged: Env = { ...fromFile, ...defined(env) }
  if (fromFile['VAULT_TOKEN']) refuseOpen(file, merged['VAULT_ADDR'] ?? '')
  const address = merged['TELEGRAM_SERVER']
  return {
    keysFile: join(folder, 'telega', 'session_keys.json'),
    sessionFile: join(folder, 'telega', 'session.sealed'),
    vaultAddress: merged['VAULT_ADDR'],
    vaultToken: merged['VAULT_TOKEN'],
    passphrase: merged['TELEGA_PASSPHRASE'],
    keysSecret: merged['TELEGA_KEYS_SECRET'] ?? 'secret/telegram',
    server: address ? { address, keyFile: merged['TELEGRAM_SERVER_KEY'] ?? '' } : undefined,
  }
}

const defined = (env: Env) => Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))

/** A development server on this machine is no production: there a token in `.env` may lie as the shell's umask left it. */
function refuseOpen(file: string, address: string): void {
  if (isLoopback(address) || (statSync(file).mode & 0o077) === 0) return
  throw TelegaError.openToAll({ file, what: 'VAULT_TOKEN' })
}

export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { hostname, protocol } = new URL(address)
  return protocol === 'unix:' || hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname)
}
