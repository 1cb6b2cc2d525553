import { resolve } from 'node:path'
import { text, type Io, type Run } from '@chatelaine/cli'
import type { Settings } from '@chatelaine/telega'

/** The flag of commands that work in a folder with a `.env` of its own. */
export const folderFlag = text('The folder with .env and telega/; the current one.', 'path')

interface Given {
  readonly flags: { readonly folder?: string | undefined }
  readonly io: Io
}

export const folderOf = ({ flags, io }: Given): string => resolve(io.cwd, flags.folder ?? '.')

/** Somebody waits in a chat: better told soon to try again than kept waiting for a Vault that hangs. */
const patience = { VAULT_CLIENT_TIMEOUT: '15s' }

/** What is exported, and below it what `.env` in the folder says: the client settings of a userbot's commands. */
export async function withEnvFile(given: Given): Promise<Io['env']> {
  const { surroundings } = await import('@chatelaine/telega')
  return { ...patience, ...surroundings(folderOf(given), given.io.env) }
}

/** The userbot's settings, with the Vault as all client settings together reach it. A token of the operator's in the home is not for the userbot. */
export async function userbotSettings(given: Given & Pick<Run, 'settings' | 'aside'>): Promise<Settings> {
  const { readSettings } = await import('@chatelaine/telega')
  const { address, token } = given.settings
  const own = readSettings(folderOf(given), given.io.env)
  return { ...own, vaultAddress: address, vaultToken: token, vault: token === undefined ? undefined : given.aside }
}
