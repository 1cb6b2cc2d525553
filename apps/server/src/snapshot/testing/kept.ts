import { reservedKeys } from '@chatelaine/barrier'
import { memoryStorage, type OpenStorage } from '@chatelaine/sdk'

const text = (value: string) => new TextEncoder().encode(value)

export const standing = { now: () => new Date('2030-01-01T00:00:00Z') }

/** What makes a Vault of a storage, as far as a copy can tell, and something of everything else. */
export async function likeVault(storage: OpenStorage = memoryStorage(), entries = 300): Promise<OpenStorage> {
  for (const [name, key] of Object.entries(reservedKeys)) if (name !== 'sealOrder' && name !== 'leasesHeld') await storage.commit([{ put: key, value: text(name) }])
  await storage.commit([{ put: 'core/lock', value: text('a node') }, { put: 'core/mounts', value: text('table') }])
  for (let i = 0; i < entries; i += 30) {
    const writes = Array.from({ length: 30 }, (_, n) => ({ put: `logical/uuid-${n % 3}/${i + n}/é😀`, value: text(`value ${i + n}`.repeat(n + 1)) }))
    await storage.commit(writes)
  }
  await storage.commit([{ put: 'logical/uuid-1/large', value: new Uint8Array(3 << 20).fill(7) }, { put: 'empty', value: text('') }])
  return storage
}

/** Everything in a storage but the caretaker's election. */
export async function contentsOf(storage: OpenStorage): Promise<Record<string, string>> {
  const snapshot = await storage.snapshot()
  const found: Record<string, string> = {}
  for await (const { key, value } of snapshot.entries) if (key !== 'core/lock') found[key] = Buffer.from(value).toString('latin1')
  await snapshot.close()
  return found
}

export async function collected(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The same bytes in pieces of `size`. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

