/**
 * Bytes that no honest peer sends. Whoever sent them is not answered: the connection closes, because a
 * precise complaint would help only an attacker (https://core.telegram.org/mtproto/security_guidelines).
 */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

/** A TL object whose constructor is in none of our schemas. Told apart from garbage: a newer client may send it. */
export class UnknownConstructor extends Error {
  override readonly name = 'UnknownConstructor'
  readonly id: number

  constructor(id: number) {
    super(`no schema holds constructor ${id.toString(16).padStart(8, '0')}`)
    this.id = id
  }
}

/** A request refused as Telegram would refuse it (https://core.telegram.org/api/errors). */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number

  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}

/** Every refusal that carries no argument: its code and Telegram's own text. */
const refusals = {
  authKeyPermEmpty: [401, 'AUTH_KEY_PERM_EMPTY'],
  authKeyUnregistered: [401, 'AUTH_KEY_UNREGISTERED'],
  encryptedMessageInvalid: [400, 'ENCRYPTED_MESSAGE_INVALID'],
  filePartEmpty: [400, 'FILE_PART_EMPTY'],
  filePartInvalid: [400, 'FILE_PART_INVALID'],
  filePartSizeChanged: [400, 'FILE_PART_SIZE_CHANGED'],
  filePartTooBig: [400, 'FILE_PART_TOO_BIG'],
  filePartsInvalid: [400, 'FILE_PARTS_INVALID'],
  fileReferenceExpired: [400, 'FILE_REFERENCE_EXPIRED'],
  limitInvalid: [400, 'LIMIT_INVALID'],
  locationInvalid: [400, 'LOCATION_INVALID'],
  mediaCaptionTooLong: [400, 'MEDIA_CAPTION_TOO_LONG'],
  mediaInvalid: [400, 'MEDIA_INVALID'],
  messageAuthorRequired: [403, 'MESSAGE_AUTHOR_REQUIRED'],
  messageEmpty: [400, 'MESSAGE_EMPTY'],
  messageIdInvalid: [400, 'MESSAGE_ID_INVALID'],
  messageNotModified: [400, 'MESSAGE_NOT_MODIFIED'],
  messageTooLong: [400, 'MESSAGE_TOO_LONG'],
  methodNotImplemented: [400, 'METHOD_NOT_IMPLEMENTED'],
  offsetInvalid: [400, 'OFFSET_INVALID'],
  passwordHashInvalid: [400, 'PASSWORD_HASH_INVALID'],
  peerIdInvalid: [400, 'PEER_ID_INVALID'],
  phoneCodeEmpty: [400, 'PHONE_CODE_EMPTY'],
  phoneCodeExpired: [400, 'PHONE_CODE_EXPIRED'],
  phoneCodeInvalid: [400, 'PHONE_CODE_INVALID'],
  phoneNotOccupied: [400, 'PHONE_NOT_OCCUPIED'],
  phoneNumberInvalid: [400, 'PHONE_NUMBER_INVALID'],
  phoneNumberUnoccupied: [400, 'PHONE_NUMBER_UNOCCUPIED'],
  randomIdDuplicate: [500, 'RANDOM_ID_DUPLICATE'],
  randomIdInvalid: [400, 'RANDOM_ID_INVALID'],
  scheduleDateTooLate: [400, 'SCHEDULE_DATE_TOO_LATE'],
  scheduleTooMuch: [400, 'SCHEDULE_TOO_MUCH'],
  sessionPasswordNeeded: [401, 'SESSION_PASSWORD_NEEDED'],
  srpIdInvalid: [400, 'SRP_ID_INVALID'],
  tempAuthKeyAlreadyBound: [400, 'TEMP_AUTH_KEY_ALREADY_BOUND'],
  tempAuthKeyEmpty: [400, 'TEMP_AUTH_KEY_EMPTY'],
  userIdInvalid: [400, 'USER_ID_INVALID'],
  usernameNotOccupied: [400, 'USERNAME_NOT_OCCUPIED'],
} as const satisfies Record<string, readonly [number, string]>

export type Refusal = keyof typeof refusals

/** `throw refuse('phoneCodeInvalid')`: one row of the catalogue above. */
export function refuse(which: Refusal): RpcError {
  const [code, text] = refusals[which]
  return new RpcError(code, text)
}

/** 420: ask again after `seconds` (https://core.telegram.org/api/errors#420-flood). */
export function floodWait(seconds: number): RpcError {
  return new RpcError(420, `FLOOD_WAIT_${seconds}`)
}
