import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { askHidden, CliError, text, type Io } from '@chatelaine/cli'
import type { Identities, Recipients } from '@chatelaine/server'

/** What opens a snapshot. A secret comes from a file or the terminal, never from the command line, which others can see. */
export const identityFlags = {
  identity: text('A file of age identities, as age-keygen writes it.', 'path'),
  'passphrase-file': text('A file whose first line is the passphrase. Asked for, hidden, where neither is given.', 'path'),
} as const

type Given = Readonly<Partial<Record<'identity' | 'passphrase-file', string | undefined>>>

export async function identitiesOf(flags: Given, io: Io, interactive: boolean): Promise<Identities> {
  const { identitiesIn } = await import('@chatelaine/server')
  const { identity } = flags
  if (identity !== undefined && flags['passphrase-file'] !== undefined) throw CliError.usage({ problem: 'give -identity or -passphrase-file, not both' })
  if (identity !== undefined) return identitiesIn(await textOf(identity, io), identity)
  const passphrase = await passphraseIn(flags, io)
  if (passphrase !== undefined) return { passphrase }
  refuseSilentAsking(io, '-identity=FILE or -passphrase-file=FILE')
  return { passphrase: await askHidden(io, 'Passphrase', interactive) }
}

interface Sealed extends Given {
  readonly recipient: readonly string[]
}

export async function recipientsOf(flags: Sealed, io: Io, interactive: boolean): Promise<Recipients> {
  const passphrase = await passphraseIn(flags, io)
  if (flags.recipient.length > 0) {
    if (passphrase !== undefined) throw CliError.usage({ problem: 'give -recipient or -passphrase-file, not both: age encrypts to one or the other' })
    return { recipients: flags.recipient }
  }
  if (passphrase !== undefined) return { passphrase }
  refuseSilentAsking(io, '-recipient=age1… or -passphrase-file=FILE')
  const typed = await askHidden(io, 'Passphrase', interactive)
  if ((await askHidden(io, 'Again', interactive)) !== typed) throw CliError.usage({ problem: 'the two passphrases are not the same' })
  return { passphrase: typed }
}

/** What is piped in may be the snapshot, so no passphrase is read from there. */
function refuseSilentAsking({ stdin }: Io, instead: string): void {
  if (!stdin.isTTY) throw CliError.usage({ problem: `a snapshot is always encrypted: give ${instead}` })
}

async function passphraseIn(flags: Given, io: Io): Promise<string | undefined> {
  const file = flags['passphrase-file']
  return file === undefined ? undefined : (await textOf(file, io)).split(/\r?\n/, 1)[0]
}

async function textOf(path: string, io: Io): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, path), 'utf8')
  } catch (cause) {
    throw CliError.unreadableFile({ path, code: (cause as NodeJS.ErrnoException).code ?? 'unknown' }, { cause })
  }
}
