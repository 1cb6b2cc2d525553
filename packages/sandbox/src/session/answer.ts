import { gzipSync } from 'node:zlib'
import { TlBinaryWriter, TlSerializationCounter } from '@mtcute/tl-runtime'
import type { TlObject } from '../tl/definition.js'
import type { Ground } from './ground.js'
import type { Session } from './session.js'

const RPC_RESULT = 0xf35c6d01
const GZIP_PACKED = 0x3072cfa1
/** Below this, packing costs more than it saves. */
const WORTH_PACKING = 4096

/** Answers one request, in its turn. What the client dropped meanwhile is answered by saying so. */
export async function answer(
  { ask, refuseUnknown, schema }: Ground,
  { session, messageId, request }: { session: Session; messageId: bigint; request: TlObject | number },
): Promise<void> {
  const result = typeof request === 'number' ? refuseUnknown(request) : await ask({ session, messageId, request })
  const dropped = session.received.get(messageId)?.fate === 'dropped'
  const sent = dropped ? schema.write({ _: 'mt_rpc_answer_dropped_running' }) : result
  session.received.answered(messageId, session.send(rpcResult(messageId, sent), 'answer'))
}

/** https://core.telegram.org/mtproto/service_messages#response-to-an-rpc-query */
export function rpcResult(messageId: bigint, result: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12)
  head.writeUInt32LE(RPC_RESULT, 0)
  head.writeBigUInt64LE(messageId, 4)
  return Buffer.concat([head, result.length < WORTH_PACKING ? result : packed(result)])
}

function packed(result: Uint8Array): Uint8Array {
  const zipped = gzipSync(result)
  const writer = TlBinaryWriter.manual(4 + TlSerializationCounter.countBytesOverhead(zipped.length) + zipped.length)
  writer.uint(GZIP_PACKED)
  writer.bytes(zipped)
  return writer.result()
}
