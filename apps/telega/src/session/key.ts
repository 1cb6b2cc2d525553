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
  /** Told when a new key was put in the place of one that is of no use. */
  readonly say?: ((line: string) => void) | undefined
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
  const { key, state, version } = await stored(vault, source.path)
  if (key) return { source, key }
  if (state === 'deleted') throw TelegaError.deletedSessionKey({ secret: source.path.replace('/data/', '/'), version })
  throw TelegaError[state === 'damaged' ? 'damagedSessionKey' : 'noSessionKey']({ path: source.path })
}

/** A key for a new session: the Vault's where there is one, else one made from a passphrase. */
export async function newKey({ vault, passphrase, say }: Secrets): Promise<SessionKey> {
  if (vault) return { source: { from: 'vault', path: vaultKeyPath }, key: await ensureKey(vault, say) }
  const given = await passphrase?.()
  if (given === undefined) throw TelegaError.noPassphrase()
  if (given.length < 12) throw TelegaError.shortPassphrase()
  const source = { from: 'passphrase', salt: Buffer.from(randomBytes(16)).toString('base64'), cost } as const
  return { source, key: stretched(given, source) }
}

const stretched = (passphrase: string, { salt, cost: N }: Extract<KeySource, { from: 'passphrase' }>) =>
  new Uint8Array(scryptSync(passphrase.normalize('NFKC'), Buffer.from(salt, 'base64'), 32, { N, r: 8, p: 1, maxmem: 256 * N * 8 }))

/** What the Vault has where the key belongs. `version` is the current one's number, 0 where nothing was ever written. */
interface Stored {
  readonly key: Uint8Array | undefined
  readonly version: number
  readonly state: 'good' | 'absent' | 'deleted' | 'damaged'
}

interface Versioned {
  readonly data?: { readonly key?: unknown } | null
  readonly metadata?: { readonly version?: unknown; readonly destroyed?: unknown }
}

/** A deleted version answers with its metadata and no data, which a read that wants data takes for nothing. */
async function stored(vault: Vault, path: string): Promise<Stored> {
  const { data: answer } = await vault.request({ verb: 'read', path })
  const { data, metadata } = (answer ?? {}) as Versioned
  const version = Number(metadata?.version ?? 0)
  if (!data) return { key: undefined, version, state: version > 0 && metadata?.destroyed !== true ? 'deleted' : 'absent' }
  const key = typeof data.key === 'string' ? new Uint8Array(Buffer.from(data.key, 'base64')) : undefined
  return key?.length === 32 ? { key, version, state: 'good' } : { key: undefined, version, state: 'damaged' }
}

/**
 * The key that is there, or a new one where none is of use: nobody has deleted or damaged a key to have sessions sealed with it. It is
 * written only over what was seen, so two machines that begin at once end up with one, and what was there stays an earlier version.
 */
async function ensureKey(vault: Vault, say: Secrets['say']): Promise<Uint8Array> {
  const there = await stored(vault, vaultKeyPath)
  if (there.key) return there.key
  const key = randomBytes(32)
  try {
    const input = { data: { key: Buffer.from(key).toString('base64') }, options: { cas: there.version } }
    await vault.write(vaultKeyPath, input)
    if (there.version > 0) say?.(`The key for sessions in the Vault was ${there.state}: a new one was written over it, and older sessions cannot be opened any more.`)
    return key
  } catch (error) {
    key.fill(0)
    const theirs = isRefusal(error) ? (await stored(vault, vaultKeyPath)).key : undefined
    if (theirs) return theirs
    throw isRefusal(error) && noRoom.includes(error.details.status) ? TelegaError.noRoomForKey({ path: vaultKeyPath }, { cause: error }) : error
  }
}

/** No such mount, another engine there, or no right to write. */
const noRoom = [403, 404, 405]
