import { isRecord, type Vault } from '@chatelaine/client'
import { CliError } from '../../errors.js'
import { text } from '../../flags.js'
import { goText } from '../../output/go-text.js'
import { cleanPath } from '../../path.js'

export const mountFlag = {
  mount: text('Where the engine is mounted. Without it the first part of the path says so.'),
} as const

/** Where a secret is kept: in which mount, of which version, under which name. */
export interface Place {
  /** Without slashes at either end. */
  readonly mount: string
  readonly versioned: boolean
  readonly name: string
  /** The address of one of the secret's sides: `secret/data/x`; without versions there is only one, `secret/x`. */
  at(side: Side): string
}

export type Side = 'data' | 'metadata' | 'delete' | 'undelete' | 'destroy'

/** Asks the server which mount holds `path`, as every Vault client does first. A server too old to know has version 1. */
export async function place(vault: Vault, path: string, mount: string | undefined): Promise<Place> {
  const whole = cleanPath(mount === undefined ? path : `${cleanPath(mount)}/${cleanPath(path)}`)
  const question = mount === undefined ? whole : cleanPath(mount)
  const { status, data = {} } = await vault.request({ verb: 'read', path: `sys/internal/ui/mounts/${question}` })
  const found = status === 404 ? (question.split('/', 1)[0] ?? '') : cleanPath(goText(data['path'] ?? question.split('/', 1)[0]))
  const versioned = isRecord(data['options']) && goText(data['options']['version']) === '2'
  const name = cleanPath(whole === found ? '' : whole.slice(found.length + 1))
  return { mount: found, versioned, name, at: (side) => cleanPath(versioned ? `${found}/${side}/${name}` : `${found}/${name}`) }
}

/** The same, where only a versioned engine will do. Vault has two sentences for it, with an exit code each. */
export async function versionedPlace(vault: Vault, path: string, mount: string | undefined, what: 'Metadata' | 'Undelete' | 'Destroy' | 'patch' | 'rollback'): Promise<Place> {
  const found = await place(vault, path, mount)
  if (found.versioned) return found
  if (what === 'patch' || what === 'rollback') throw CliError.nothing({ sentence: `K/V engine mount must be version 2 for ${what} support` })
  throw CliError.usage({ problem: `${what} not supported on KV Version 1` })
}
