import { readSessionKeys, readSettings, startUserbot, type Env, type Settings } from '@chatelaine/telega'
import { admit } from './furnish.js'
import type { Cast, Stage } from './sandboxed.js'
import { chapter } from './story.js'
import type { UpIo } from './io.js'

/** Telegram itself, in place of the sandbox. */
export interface TelegramOption {
  /** Where `telega/session_keys.json` and `telega/session.sealed` are. */
  readonly folder: string
  /** Numeric ids of those who may ask for the keys. */
  readonly users: readonly number[]
  /** For `TELEGA_PASSPHRASE`, `TELEGRAM_SERVER` and the like. `VAULT_ADDR` and `VAULT_TOKEN` in it are of no account. */
  readonly env: Env
}

/** What `/get_keys` is to show: this application's own keys. */
export function keysOf({ folder, env }: TelegramOption): Readonly<Record<string, string>> {
  const { apiId, apiHash } = readSessionKeys(realSettings(folder, env).keysFile)
  return { api_id: String(apiId), api_hash: apiHash }
}

/** `.env` may name another Vault and its token. It is not ours to use, nor to judge by how others may read it. */
const realSettings = (folder: string, env: Env): Settings => readSettings(folder, { ...env, VAULT_ADDR: 'http://127.0.0.1' })

/** The userbot on the session that is in the folder. Nobody asks it by itself. */
export async function openReal({ folder, users, env }: TelegramOption, { house, token, toClose }: Stage, io: UpIo): Promise<Cast> {
  const { paint, print } = io
  const settings = { ...realSettings(folder, env), vaultAddress: house.address, vaultToken: token }
  await admit(house.vault, 'telegram', users)
  const userbot = await startUserbot(settings, { say: () => undefined, report: io.report, passphrase: io.passphrase })
  toClose.add(() => userbot.close())
  print(chapter(paint, 'Telegram', settings.server ? `a server at ${settings.server.address}, by TELEGRAM_SERVER` : 'itself'))
  print(chapter(paint, 'Userbot', `listens as ${userbot.name} (${userbot.id}), on the session in ${settings.sessionFile}`))
  return { userbot, person: undefined }
}

/** How to ask, for whoever reads the terminal. */
export const howToAsk = (name: string, users: readonly number[]) =>
  users.length > 0
    ? `Open Telegram as ${users.join(' or ')} and write to ${name}: /get_keys\n`
    : `Nobody may ask ${name} yet: start this again with the numeric Telegram ids of those who may.\n`
