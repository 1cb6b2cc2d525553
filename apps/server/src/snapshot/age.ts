import { ReadableStream } from 'node:stream/web'
import { VaultError } from '@chatelaine/sdk'
import { Decrypter, Encrypter } from 'age-encryption'
import { SnapshotError } from './errors.js'

/** Whom a snapshot is encrypted to: age recipients, or whoever knows a passphrase. */
export type Recipients = { readonly recipients: readonly string[] } | { readonly passphrase: string }

/** What opens it: lines of age identities, or the passphrase. */
export type Identities = { readonly identities: readonly string[] } | { readonly passphrase: string }

const LEAST = 8

/** Throws where nothing could be encrypted to them, before anything is read. */
export function encrypterFor(to: Recipients): Encrypter {
  const encrypter = new Encrypter()
  if ('passphrase' in to) {
    if ([...to.passphrase].length < LEAST) throw SnapshotError.weakPassphrase({ least: LEAST })
    encrypter.setPassphrase(to.passphrase)
    return encrypter
  }
  for (const recipient of to.recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch (cause) {
      throw SnapshotError.badRecipient({ recipient }, { cause })
    }
  }
  return encrypter
}

/** `plain` as an age file. What fails in `plain` fails here, so that no file is ever taken for whole that is not. */
export async function* encrypted(plain: AsyncIterable<Uint8Array>, encrypter: Encrypter): AsyncGenerator<Uint8Array> {
  yield* await encrypter.encrypt(ReadableStream.from(plain) as globalThis.ReadableStream<Uint8Array>)
}

/** What is in an age file. age authenticates each 64 KiB and the end, so a byte that was given is one that was written. */
export async function* decrypted(file: AsyncIterable<Uint8Array>, by: Identities): AsyncGenerator<Uint8Array> {
  const decrypter = new Decrypter()
  if ('passphrase' in by) decrypter.addPassphrase(by.passphrase)
  else for (const identity of by.identities) decrypter.addIdentity(identity)
  // Asked last, so when nobody else knew the key.
  decrypter.addIdentity({
    unwrapFileKey() {
      throw SnapshotError.wrongKey()
    },
  })
  try {
    yield* await decrypter.decrypt(ReadableStream.from(file) as globalThis.ReadableStream<Uint8Array>)
  } catch (cause) {
    // A failing disk is not a damaged file.
    if (cause instanceof VaultError || (cause instanceof Error && 'syscall' in cause)) throw cause
    throw SnapshotError.damaged({ problem: 'it is cut short, changed, or no age file at all' }, { cause })
  }
}

/** The identities in the text of an age key file: comments and empty lines are left out. */
export function identitiesIn(text: string, file: string): Identities {
  const identities = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  const decrypter = new Decrypter()
  try {
    for (const identity of identities) decrypter.addIdentity(identity)
  } catch {
    // Without a cause: what is wrong may be quoted in it.
    throw SnapshotError.badIdentity({ file })
  }
  if (identities.length === 0) throw SnapshotError.badIdentity({ file })
  return { identities }
}
