import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
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

export type Env = Readonly<Record<string, string | undefined>>

/** Reads `.env` in `folder` under the environment: what is exported wins, as everywhere. */
export function readSettings(folder: string, env: Env): Settings {
  const at = resolve(folder)
  const file = join(at, '.env')
  const { values, open } = readEnvFile(file)
  const merged: Env = { ...values, ...defined(env) }
  if (open) refuseOpen(file, values, merged['VAULT_ADDR'] ?? '')
  const address = merged['TELEGRAM_SERVER']
  return {
    keysFile: join(at, 'telega', 'session_keys.json'),
    sessionFile: join(at, 'telega', 'session.sealed'),
    vaultAddress: merged['VAULT_ADDR'],
    vaultToken: merged['VAULT_TOKEN'],
    passphrase: merged['TELEGA_PASSPHRASE'],
    keysSecret: merged['TELEGA_KEYS_SECRET'] ?? 'secret/telegram',
    server: address ? { address, keyFile: merged['TELEGRAM_SERVER_KEY'] ?? '' } : undefined,
  }
}

const defined = (env: Env) => Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))

/** One descriptor for both questions: what is in the file, and whether others on this machine may read it. */
function readEnvFile(file: string): { readonly values: Env; readonly open: boolean } {
  let fd: number | undefined
  try {
    fd = openSync(file, 'r')
    return { values: defined(parse(readFileSync(fd))), open: (fstatSync(fd).mode & 0o077) !== 0 }
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    if (reason === 'ENOENT') return { values: {}, open: false }
    throw TelegaError.unreadable({ file, reason }, { cause })
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** A development server on this machine is no production: there a token in `.env` may lie as the shell's umask left it. */
function refuseOpen(file: string, values: Env, address: string): void {
  if (values['TELEGA_PASSPHRASE']) throw TelegaError.openToAll({ file, what: 'TELEGA_PASSPHRASE' })
  if (values['VAULT_TOKEN'] && !isDevelopment(address)) throw TelegaError.openToAll({ file, what: 'VAULT_TOKEN' })
}

/** `http://` to this very machine, as `vault server -dev` listens. Names that merely begin like an address are not it. */
export function isDevelopment(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { hostname, protocol } = new URL(address)
  return protocol === 'http:' && (hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname))
}
