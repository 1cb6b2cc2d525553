import { scryptSync } from 'node:crypto'
import { randomBytes } from '@chatelaine/crypto'
import { isRefusal, type Vault } from '@chatelaine/client'
import { TelegaError } from '../errors.js'
import { vaultKeyPath, type KeySource } from './key-source.js'

/** scrypt's N; with r = 8 and p = 1 one try costs an attacker 64 MiB and about a quarter of a second. */
const cost = 2 ** 16

export interface Secrets {
  readonly vault: Vault | undefined
  /** Asked for only where a passphrase is what seals. */
  readonly passphrase: (() => Promise<string | undefined>) | undefined
}

export interface SessionKey {
  readonly source: KeySource
  /** Whoever asked for it fills it with zeros when done. */
  readonly key: Uint8Array
}

/** The key that `source` names. */
export async function keyFrom(source: KeySource, { vault, passphrase }: Secrets): Promise<SessionKey> {
  if (source.from === 'passphrase') {
    const given = await passphrase?.()
    if (!given) throw TelegaError.noPassphrase()
    return { source, key: stretched(given, source) }
  }
  if (!vault) throw TelegaError.noVault()
  const key = await storedKey(vault, source.path)
  if (!key) throw TelegaError.noSessionKey({ path: source.path })
  return { source, key }
}

/** A key for a new session: the Vault's where there is one, else one made from a passphrase. */
export async function newKey({ vault, passphrase }: Secrets): Promise<SessionKey> {
  if (vault) return { source: { from: 'vault', path: vaultKeyPath }, key: await ensureKey(vault) }
  const given = await passphrase?.()
  if (given === undefined) throw TelegaError.noPassphrase()
  if (given.length < 12) throw TelegaError.shortPassphrase()
  const source = { from: 'passphrase', salt: Buffer.from(randomBytes(16)).toString('base64'), cost } as const
  return { source, key: stretched(given, source) }
}

const stretched = (passphrase: string, { salt, cost: N }: Extract<KeySource, { from: 'passphrase' }>) =>
  new Uint8Array(scryptSync(passphrase.normalize('NFKC'), Buffer.from(salt, 'base64'), 32, { N, r: 8, p: 1, maxmem: 256 * N * 8 }))

async function storedKey(vault: Vault, path: string): Promise<Uint8Array | undefined> {
  const found = (await vault.read(path))?.['data'] as { readonly key?: unknown } | null | undefined
  const key = typeof found?.key === 'string' ? new Uint8Array(Buffer.from(found.key, 'base64')) : undefined
  return key?.length === 32 ? key : undefined
}

/** Writes a key only where none is: two machines that begin at once end up with one. */
async function ensureKey(vault: Vault): Promise<Uint8Array> {
  const there = await storedKey(vault, vaultKeyPath)
  if (there) return there
  const key = randomBytes(32)
  try {
    await vault.write(vaultKeyPath, { data: { key: Buffer.from(key).toString('base64') }, options: { cas: 0 } })
    return key
  } catch (error) {
    key.fill(0)
    const theirs = isRefusal(error) ? await storedKey(vault, vaultKeyPath) : undefined
    if (!theirs) throw error
    return theirs
  }
}
