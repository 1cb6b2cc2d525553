import { resolve } from 'node:path'
import { CliError, command, many, storedToken, yes, type Command, type Io, type Settings } from '@chatelaine/cli'
import { folderFlag, folderOf } from '../folder.js'
import { allow, furnishUserbot, tokenFor } from '../up/furnish.js'
import { wordsOfReplaced } from './replaced-token.js'

export const setupUserbotCommand: Command = command({
  name: 'setup-userbot',
  summary: 'Let a userbot stand before the Vault: its policies, its own limited token in .env, and who may ask it.',
  flags: {
    allow: many('Numeric Telegram id of somebody who may ask for the keys. May be given several times.', 'id'),
    folder: folderFlag,
    force: yes('Replace a VAULT_TOKEN that is already in .env; the replaced one is revoked.'),
  },
  examples: [['As an operator (VAULT_ADDR, VAULT_TOKEN), let user 123456789 ask:', 'setup-userbot -allow=123456789']],
  doing: 'setting the userbot up',
  // What is in .env counts here too, but for the token: that one is the userbot's, and this is for operators.
  async surroundings({ flags, io }) {
    const { readEnvFile, under } = await import('@chatelaine/telega')
    const folder = folderOf({ flags, io })
    const { VAULT_TOKEN: _, BAO_TOKEN: __, ...values } = readEnvFile(resolve(folder, '.env')).values
    return under(io.env, values, folder)
  },
  async run({ flags, io, settings, vault: given }) {
    const { readEnvFile, tokenIn, withValues, writeEnvFile } = await import('@chatelaine/telega')
    const ids = idsOf(flags.allow)
    const file = resolve(folderOf({ flags, io }), '.env')
    const before = readEnvFile(file)
    const old = tokenIn(before.values)
    if (old !== undefined && !flags.force) throw CliError.usage({ problem: `${file} has a VAULT_TOKEN already; -force replaces it` })
    const asking = settings.token ?? (await storedToken(io)) ?? old
    const vault = asking === old && asking !== undefined ? given.as(asking) : given
    await furnishUserbot(vault)
    const allowed = ids.length > 0 ? await allow(vault, ids) : []
    const token = await tokenFor(vault, 'userbot')
    try {
      const names = before.values['BAO_TOKEN'] === undefined ? { VAULT_TOKEN: token } : { BAO_TOKEN: token, VAULT_TOKEN: undefined }
      writeEnvFile(file, withValues(before.text, { ...clientSettings(settings, io), ...names }, file))
    } catch (error) {
      // A token that nobody holds would live on for a day.
      await vault.as(token).write('auth/token/revoke-self').catch(() => undefined)
      throw error
    }
    const print = (line: string) => void io.stdout.write(`${line}\n`)
    print(`Success! The userbot's own token is in ${file}; it may vouch for senders and nothing more.`)
    if (old !== undefined) print(await wordsOfReplaced(given, { old, asking }))
    if (allowed.length > 0) print(`May ask for the keys: ${allowed.join(', ')}`)
    if (settings.token !== undefined) print('VAULT_TOKEN is set in this environment and would hide the one in .env: run "unset VAULT_TOKEN" before userbot.')
    print('Next: generate-session, then userbot.')
  },
})

export function idsOf(given: readonly string[]): number[] {
  const ids = given.map(Number)
  if (ids.every((id) => Number.isSafeInteger(id) && id > 0)) return ids
  throw CliError.usage({ problem: '-allow takes a numeric Telegram id (not a name: names change hands)' })
}

/** All that this command reached the Vault by, so that the next ones reach the same. */
function clientSettings(settings: Settings, { cwd }: Io): Record<string, string> {
  const path = (file: string | undefined) => file && resolve(cwd, file)
  const found = {
    VAULT_ADDR: settings.address,
    VAULT_NAMESPACE: settings.namespace,
    VAULT_CACERT: path(settings.caFile),
    VAULT_CACERT_BYTES: settings.caText,
    VAULT_CAPATH: path(settings.caFolder),
    VAULT_CLIENT_CERT: path(settings.certFile),
    VAULT_CLIENT_CERT_BYTES: settings.certText,
    VAULT_CLIENT_KEY: path(settings.keyFile),
    VAULT_CLIENT_KEY_BYTES: settings.keyText,
    VAULT_TLS_SERVER_NAME: settings.serverName,
    VAULT_SKIP_VERIFY: settings.skipVerify ? 'true' : undefined,
  }
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
