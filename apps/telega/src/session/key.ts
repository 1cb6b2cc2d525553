import { scryptSync } from 'node:crypto'
import { equalBytes, randomBytes } from '@chatelaine/crypto'
import { isRefusal, type Vault } from '@chatelaine/client'
import { TelegaError } from '../errors.js'
import type { KeySource } from './sealed-file.js'

/** The Vault keeps the key, the disk keeps the session: neither is of use without the other. */
export const vaultKeyPath = 'secret/data/telega/session-key'

/** scrypt's N; with r = 8 and p = 1 one try costs an attacker 64 MiB and about a quarter of a second. */
const cost = 2 ** 16

export interface Secrets {
  readonly vault: Vault | undefined
  readonly passphrase: string | undefined
}

/** The key that `source` names. */
export async function keyFrom(source: KeySource, { vault, passphrase }: Secrets): Promise<Uint8Array> {
  if (source.from === 'passphrase') {
    if (passphrase === undefined) throw TelegaError.noPassphrase()
    return stretched(passphrase, source)
  }
  if (!vault) throw TelegaError.noVault()
  const key = await storedKey(vault, source.path)
  if (!key) throw TelegaError.noSession({ file: `the Vault (${source.path})` })
  return key
}

/** A source for a new session: the Vault where there is one, else a passphrase. */
export async function newSource({ vault, passphrase }: Secrets): Promise<KeySource> {
  if (vault) {
    await ensureKey(vault)
    return { from: 'vault', path: vaultKeyPath }
  }
  if (passphrase === undefined) throw TelegaError.noPassphrase()
  if (passphrase.length < 12) throw TelegaError.shortPassphrase()
  return { from: 'passphrase', salt: Buffer.from(randomBytes(16)).toString('base64'), cost }
}

const stretched = (passphrase: string, { salt, cost: N }: Extract<KeySource, { from: 'passphrase' }>) =>
  new Uint8Array(scryptSync(passphrase.normalize('NFKC'), Buffer.from(salt, 'base64'), 32, { N, r: 8, p: 1, maxmem: 256 * N * 8 }))

async function storedKey(vault: Vault, path: string): Promise<Uint8Array | undefined> {
  const found = (await vault.read(path))?.['data'] as { readonly key?: string } | null | undefined
  if (!found?.key) return undefined
  const key = Buffer.from(found.key, 'base64')
  return key.length === 32 && !equalBytes(key, new Uint8Array(32)) ? new Uint8Array(key) : undefined
}

/** Writes a key only where none is: two machines that begin at once end up with one. */
async function ensureKey(vault: Vault): Promise<void> {
  if (await storedKey(vault, vaultKeyPath)) return
  const key = Buffer.from(randomBytes(32)).toString('base64')
  try {
    await vault.write(vaultKeyPath, { data: { key }, options: { cas: 0 } })
  } catch (error) {
    if (!isRefusal(error) || !(await storedKey(vault, vaultKeyPath))) throw error
  }
}
