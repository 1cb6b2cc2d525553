import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CliError } from '../errors.js'
import type { Io } from '../io.js'
import { variable } from './variables.js'

/** Where `login` leaves the token for the next command: Vault's own place, so that both programs share it, or where a variable says. */
export function tokenFile({ env, cwd }: Io): string | undefined {
  const elsewhere = variable(env, 'TOKEN_PATH')
  if (elsewhere !== undefined) return resolve(cwd, elsewhere)
  const home = env['HOME'] ?? env['USERPROFILE']
  return home ? join(home, '.vault-token') : undefined
}

export async function storedToken(io: Io): Promise<string | undefined> {
  const path = tokenFile(io)
  if (path === undefined) return undefined
  try {
    return (await readFile(path, 'utf8')).trim() || undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw CliError.unreadableFile({ path, code: (error as NodeJS.ErrnoException).code ?? 'unknown' }, { cause: error })
  }
}

/** Written beside and renamed, so that nobody ever reads half a token, and created readable by its owner alone. */
export async function storeToken(io: Io, token: string): Promise<void> {
  const path = tokenFile(io)
  if (path === undefined) throw CliError.unwritableFile({ path: '~/.vault-token', code: 'HOME is not set' })
  const beside = `${path}.${randomUUID()}`
  try {
    await writeFile(beside, token, { mode: 0o600, flag: 'wx' })
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw CliError.unwritableFile({ path, code: (error as NodeJS.ErrnoException).code ?? 'unknown' }, { cause: error })
  }
}
