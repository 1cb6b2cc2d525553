import { refuse, RpcError } from '../errors.js'
import type { Account } from './accounts.js'

const LARGEST_PART = 512 * 1024
const MOST_PARTS = 4000
/** What one account may have uploaded and not sent yet: a sandbox lives in memory. */
const MOST_BYTES = 64 * 1024 * 1024

interface Upload {
  readonly parts: Map<number, Uint8Array>
  bytes: number
}

/** Files on their way: parts, in any order, until a message takes them. https://core.telegram.org/api/files#uploading-files */
export class Uploads {
  readonly #begun = new WeakMap<Account, Map<string, Upload>>()

  save(account: Account, fileId: string, part: number, bytes: Uint8Array): void {
    if (part < 0 || part >= MOST_PARTS) throw refuse('filePartInvalid')
    if (bytes.length === 0) throw refuse('filePartEmpty')
    if (bytes.length > LARGEST_PART) throw refuse('filePartTooBig')
    const all = this.#of(account)
    const upload = all.get(fileId) ?? { parts: new Map(), bytes: 0 }
    const held = [...all.values()].reduce((sum, one) => sum + one.bytes, 0)
    if (held + bytes.length > MOST_BYTES) throw refuse('filePartsInvalid')
    upload.bytes += bytes.length - (upload.parts.get(part)?.length ?? 0)
    upload.parts.set(part, bytes.slice())
    all.set(fileId, upload)
  }

  /** The whole file, which is no longer on its way. All parts but the last are of one size, as Telegram wants it. */
  take(account: Account, fileId: string, count: number): Uint8Array {
    const upload = this.#of(account).get(fileId)
    if (count < 1 || count > MOST_PARTS) throw refuse('filePartsInvalid')
    const parts = Array.from({ length: count }, (_, at) => {
      const part = upload?.parts.get(at)
      if (!part) throw new RpcError(400, `FILE_PART_${at}_MISSING`)
      return part
    })
    if (parts.slice(0, -1).some((part) => part.length !== parts[0]!.length)) throw refuse('filePartSizeChanged')
    this.#of(account).delete(fileId)
    return Buffer.concat(parts)
  }

  #of(account: Account): Map<string, Upload> {
    const found = this.#begun.get(account) ?? new Map<string, Upload>()
    this.#begun.set(account, found)
    return found
  }
}
