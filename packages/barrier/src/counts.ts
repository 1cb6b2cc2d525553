import type { Storage } from '@chatelaine/sdk'
import { BarrierError } from './errors.js'
import { reserved } from './reserved.js'
import type { Session } from './session.js'

/**
 * How many encryptions all nodes together have reserved under the active term. A node raises the number before it
 * encrypts, a block at a time, so it runs ahead of the truth (but for its own encryption by a node that dies over it);
 * what a dying node had left is lost, which only brings the next rotation nearer.
 *
 * Kept as a record of the active term (term 4, reserved 8; big-endian), so storage cannot invent a number, nor use one
 * of an older term. It could play back an earlier one of this term, as it could any record.
 */
export interface Counts {
  readonly term: number
  readonly reserved: number
}

const length = 12

export function encodeCounts({ term, reserved }: Counts): Uint8Array {
  const view = new DataView(new ArrayBuffer(length))
  view.setUint32(0, term)
  view.setBigUint64(4, BigInt(reserved))
  return new Uint8Array(view.buffer)
}

export async function readCounts(below: Storage, session: Session): Promise<Counts & { readonly revision: bigint }> {
  const entry = await below.get(reserved.counts)
  if (!entry) throw BarrierError.tampered({ key: reserved.counts })
  if (session.lacksTermOf(entry.value)) session.adopt(await below.get(reserved.keyring))
  const bytes = session.decrypt(reserved.counts, entry.value)
  if (bytes.length !== length) throw BarrierError.tampered({ key: reserved.counts })
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return { term: view.getUint32(0), reserved: Number(view.getBigUint64(4)), revision: entry.revision }
}
