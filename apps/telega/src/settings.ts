import { isAbsolute, join, resolve } from 'node:path'
import type { Vault } from '@chatelaine/client'
import { readEnvFile, type Env } from './env-file.js'
import { TelegaError } from './errors.js'

/** What the userbot is told by its surroundings. Paths are absolute. */
export interface Settings {
  /** `telega/session_keys.json` as the brief has it. */
  readonly keysFile: string
  readonly sessionFile: string
  readonly envFile: string
  readonly vaultAddress: string | undefined
  readonly vaultToken: string | undefined
  /** The Vault as all client settings together reach it. Left out, it is asked at `vaultAddress` with nothing but `vaultToken`. */
  readonly vault?: Vault | undefined
  /** Where `vaultToken` comes from, and whether `.env` holds another one that it hides. */
  readonly tokenFrom: TokenFrom
  /** The token as the surroundings give it now: `setup-userbot -force` may have written a new one. */
  readonly currentToken?: (() => string | undefined) | undefined
  readonly passphrase: string | undefined
  /** Where `/get_keys` looks: mount and path of a secret with `api_id` and `api_hash`. */
  readonly keysSecret: string
  /** A Telegram of one's own, for trying: host:port and the file with its public key. */
  readonly server: { readonly address: string; readonly keyFile: string } | undefined
}

export interface TokenFrom {
  readonly where: 'environment' | '.env' | undefined
  readonly other: boolean
}

/** Names of files in `.env` are seen from where it lies; those that are exported, from where the program was started. */
const pathNames = ['VAULT_CACERT', 'VAULT_CAPATH', 'VAULT_CLIENT_CERT', 'VAULT_CLIENT_KEY', 'TELEGRAM_SERVER_KEY']

/** `.env` in `folder` under the environment: what is exported wins, as everywhere. */
export function surroundings(folder: string, env: Env): Env {
  const at = resolve(folder)
  const file = join(at, '.env')
  const { values, open } = readEnvFile(file)
  if (open) refuseOpen(file, filled(values), filled({ ...values, ...filled(env) })['VAULT_ADDR'] ?? '')
  return under(env, values, at)
}

/** `values` of a file in `folder` where `env` says nothing else. OpenBao's names are stronger, but not in a file against the environment. */
export function under(env: Env, values: Env, at: string): Env {
  const exported = filled(env)
  const found = Object.fromEntries(Object.entries(filled(values)).filter(([name]) => exported[name.replace(/^BAO_/, 'VAULT_')] === undefined))
  const merged: Env = { ...found, ...exported }
  const paths = pathNames.filter((name) => found[name] !== undefined && merged[name] === found[name] && !isAbsolute(found[name]))
  return { ...env, ...merged, ...Object.fromEntries(paths.map((name) => [name, resolve(at, found[name]!)])) }
}

/** Reads `.env` in `folder` under the environment. */
export function readSettings(folder: string, env: Env): Settings {
  const at = resolve(folder)
  const merged = surroundings(at, env)
  const address = filled(merged)['TELEGRAM_SERVER']
  return {
    keysFile: join(at, 'telega', 'session_keys.json'),
    sessionFile: join(at, 'telega', 'session.sealed'),
    envFile: join(at, '.env'),
    vaultAddress: merged['VAULT_ADDR'],
    vaultToken: tokenIn(merged),
    tokenFrom: tokenFrom(at, env),
    currentToken: () => tokenIn(surroundings(at, env)),
    passphrase: merged['TELEGA_PASSPHRASE'],
    keysSecret: merged['TELEGA_KEYS_SECRET'] ?? 'secret/telegram',
    server: address ? { address, keyFile: merged['TELEGRAM_SERVER_KEY'] ?? '' } : undefined,
  }
}

function tokenFrom(folder: string, env: Env): TokenFrom {
  const [exported, written] = [tokenIn(env), tokenIn(readEnvFile(join(folder, '.env')).values)]
  if (exported) return { where: 'environment', other: written !== undefined && written !== exported }
  return { where: written ? '.env' : undefined, other: false }
}

/** Under OpenBao's name or Vault's, as every client reads it. */
export const tokenIn = (env: Env): string | undefined => env['BAO_TOKEN'] || env['VAULT_TOKEN'] || undefined

const filled = (env: Env) => Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))

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
