import type { tl, mtp } from '@mtcute/core'
import { same, sha1 } from '../crypto/bytes.js'
import { bindingIge, igeDecrypt } from '../crypto/ige.js'
import { refuse } from '../errors.js'
import { toBig } from '../tl/long.js'
import type { Schema } from '../tl/schema.js'
import type { KeyRing, KnownKey } from './keys.js'
import type { Asked } from './ground.js'

/**
 * Binds a temporary key to a permanent one (https://core.telegram.org/api/pfs). The proof is a message under the
 * permanent key, in MTProto 1.0's form, that names both keys, this session and this very request: a listener who
 * has one of the two keys cannot make it, and one who saw it made cannot use it again.
 */
export function bindTemporaryKey(
  { schema, keys }: { schema: Schema; keys: KeyRing },
  { session, messageId }: Pick<Asked, 'session' | 'messageId'>,
  request: tl.auth.RawBindTempAuthKeyRequest,
): true {
  const temporary = session.key
  if (!temporary.temporary) throw refuse('tempAuthKeyEmpty')
  const permanent = keys.get(toBig(request.permAuthKeyId))
  if (!permanent || permanent.temporary) throw refuse('encryptedMessageInvalid')
  if (temporary.permanent && temporary.permanent !== permanent) throw refuse('tempAuthKeyAlreadyBound')
  const proof = open(schema, permanent, request.encryptedMessage)
  const { inner } = proof
  const holds =
    proof.messageId === messageId &&
    inner.nonce.eq(request.nonce) &&
    toBig(inner.tempAuthKeyId) === temporary.id &&
    toBig(inner.permAuthKeyId) === permanent.id &&
    toBig(inner.tempSessionId) === session.id &&
    inner.expiresAt === request.expiresAt
  if (!holds) throw refuse('encryptedMessageInvalid')
  temporary.permanent = permanent
  return true
}

const HEAD = 32

/** random:int128 msg_id:long seqno:int msg_len:int, the inner object, padding. */
function open(schema: Schema, { id, secret }: KnownKey, sealed: Uint8Array): Proof {
  if (sealed.length < 24 + HEAD || (sealed.length - 24) % 16 !== 0) throw refuse('encryptedMessageInvalid')
  const packet = Buffer.from(sealed)
  const key = packet.subarray(8, 24)
  const plain = igeDecrypt(bindingIge(secret, key), packet.subarray(24))
  const length = HEAD + plain.readUInt32LE(28)
  const known = packet.readBigUInt64LE(0) === id && length <= plain.length
  if (!known || !same(sha1(plain.subarray(0, length)).subarray(4), key)) throw refuse('encryptedMessageInvalid')
  const inner = schema.object(plain.subarray(HEAD, length)) as mtp.RawMt_bind_auth_key_inner
  if (inner._ !== 'mt_bind_auth_key_inner') throw refuse('encryptedMessageInvalid')
  return { messageId: plain.readBigUInt64LE(16), inner }
}

interface Proof {
  readonly messageId: bigint
  readonly inner: mtp.RawMt_bind_auth_key_inner
}
