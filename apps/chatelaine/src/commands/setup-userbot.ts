import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CliError, command, many, text, yes, type Command } from '@chatelaine/cli'
import { allow, furnishUserbot, tokenFor } from '../up/furnish.js'

export const setupUserbotCommand: Command = command({
  name: 'setup-userbot',
  summary: 'Let a userbot stand before the Vault: its policies, its own limited token in .env, and who may ask it.',
  flags: {
    allow: many('Numeric Telegram id of somebody who may ask for the keys. May be given several times.', 'id'),
    folder: text('Where .env is written; the current folder.', 'path'),
    force: yes('Replace a VAULT_TOKEN that is already in .env.'),
  },
  examples: [['As an operator (VAULT_ADDR, VAULT_TOKEN), let user 123456789 ask:', 'setup-userbot -allow=123456789']],
  doing: 'setting the userbot up',
  async run({ flags, io, vault }) {
    const ids = flags.allow.map(Number)
    if (!ids.every((id) => Number.isSafeInteger(id) && id > 0)) {
      throw CliError.usage({ problem: '-allow takes a numeric Telegram id (not a name: names change hands)' })
    }
    const file = resolve(io.cwd, flags.folder ?? '.', '.env')
    const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
    if (/^\s*VAULT_TOKEN=./m.test(before) && !flags.force) {
      throw CliError.usage({ problem: `${file} has a VAULT_TOKEN already; -force replaces it` })
    }
    await furnishUserbot(vault)
    const allowed = ids.length > 0 ? await allow(vault, ids) : []
    const token = await tokenFor(vault, 'userbot')
    writeFileSync(file, before, { mode: 0o600 })
    chmodSync(file, 0o600)
    writeFileSync(file, withVault(before, vault.address, token))
    io.stdout.write(`Success! The userbot's own token is in ${file}; it may vouch for senders and nothing more.\n`)
    if (allowed.length > 0) io.stdout.write(`May ask for the keys: ${allowed.join(', ')}\n`)
    io.stdout.write('Next: generate-session, then userbot.\n')
  },
})

/** The other lines stay as they are. */
function withVault(before: string, address: string, token: string): string {
  const others = before.split('\n').filter((line) => line !== '' && !/^\s*VAULT_(ADDR|TOKEN)=/.test(line))
  return [...others, `VAULT_ADDR=${address}`, `VAULT_TOKEN=${token}`, ''].join('\n')
}
