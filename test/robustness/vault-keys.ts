import { createDecipheriv } from 'node:crypto'
import { openLogStorage } from '@chatelaine/storage'

export interface VaultKeys {
  readonly rootKey: Buffer
  /** The keys of the barrier's terms, oldest first. */
  readonly terms: readonly Buffer[]
}

/** The keys of a stopped vault that one share opens, read off its storage as `docs/format.md` says. */
export async function keysOf(folder: string, share: Buffer): Promise<VaultKeys> {
  const storage = await openLogStorage({ folder })
  try {
    const stored = JSON.parse(Buffer.from((await storage.get('core/stored-key'))?.value ?? []).toString()) as { wrapped: { blob: string }[] }
    const blob = Buffer.from(stored.wrapped[0]?.blob ?? '', 'base64')
    const rootKey = open(share, { nonce: blob.subarray(1, 13), body: blob.subarray(13), associated: Buffer.from('chatelaine root key 1 shamir') })
    const record = Buffer.from((await storage.get('core/keyring'))?.value ?? [])
    const associated = Buffer.concat([record.subarray(0, 5), Buffer.from('core/keyring')])
    const keyring = open(rootKey, { nonce: record.subarray(5, 17), body: record.subarray(17), associated })
    const terms = Array.from({ length: keyring.readUInt32BE(18) }, (_, i) => keyring.subarray(22 + 52 * i + 20, 22 + 52 * (i + 1)))
    return { rootKey, terms }
  } finally {
    await storage.close()
  }
}

function open(key: Buffer, { nonce, body, associated }: { nonce: Buffer; body: Buffer; associated: Buffer }): Buffer {
  const cipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(associated).setAuthTag(body.subarray(-16))
  return Buffer.concat([cipher.update(body.subarray(0, -16)), cipher.final()])
}
