import { randomBytes } from 'node:crypto'
import type { tl } from '@mtcute/core'
import Long from 'long'
import { same } from '../crypto/bytes.js'
import { refuse } from '../errors.js'
import type { Methods } from '../rpc/methods.js'
import type { Account } from './accounts.js'
import { DATA_CENTER } from './help.js'
import { Uploads } from './uploads.js'
import type { World } from './world.js'

const LARGEST_CHUNK = 1024 * 1024

interface Kept {
  readonly document: tl.RawDocument
  readonly bytes: Uint8Array
}

/** Files that were sent. Whoever has seen the document in a message may fetch it: its hash and reference are the proof. */
export class Files {
  readonly uploads = new Uploads()
  readonly #kept = new Map<string, Kept>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** What a message holds, from what its writer gave. */
  mediaOf(account: Account, media: tl.TypeInputMedia): tl.RawMessageMediaDocument {
    if (media._ === 'inputMediaUploadedDocument') return shown(this.#keep(account, media))
    if (media._ === 'inputMediaDocument' && media.id._ === 'inputDocument') return shown(this.#find(media.id).document)
    throw refuse('mediaInvalid')
  }

  read(location: tl.TypeInputFileLocation, offset: number, limit: number): Uint8Array {
    if (location._ !== 'inputDocumentFileLocation') throw refuse('locationInvalid')
    if (offset < 0) throw refuse('offsetInvalid')
    if (limit < 1 || limit > LARGEST_CHUNK) throw refuse('limitInvalid')
    return this.#find(location).bytes.subarray(offset, offset + limit)
  }

  #keep(account: Account, { file, mimeType, attributes }: tl.RawInputMediaUploadedDocument): tl.RawDocument {
    if (file._ !== 'inputFile' && file._ !== 'inputFileBig') throw refuse('mediaInvalid')
    const bytes = this.uploads.take(account, file.id.toString(), file.parts)
    const named = attributes.some((one) => one._ === 'documentAttributeFilename')
    const document: tl.RawDocument = {
      _: 'document',
      id: randomLong(),
      accessHash: randomLong(),
      fileReference: randomBytes(16),
      date: this.#world.now(),
      mimeType,
      size: bytes.length,
      dcId: DATA_CENTER,
      attributes: named ? attributes : [...attributes, { _: 'documentAttributeFilename', fileName: file.name }],
    }
    this.#kept.set(document.id.toString(), { document, bytes })
    return document
  }

  #find({ id, accessHash, fileReference }: Pick<tl.RawInputDocument, 'id' | 'accessHash' | 'fileReference'>): Kept {
    const kept = this.#kept.get(id.toString())
    if (!kept || kept.document.accessHash.neq(accessHash)) throw refuse('locationInvalid')
    if (!same(kept.document.fileReference, fileReference)) throw refuse('fileReferenceExpired')
    return kept
  }
}

const shown = (document: tl.RawDocument): tl.RawMessageMediaDocument => ({ _: 'messageMediaDocument', document })

function randomLong(): Long {
  const bytes = randomBytes(8)
  return new Long(bytes.readInt32LE(0), bytes.readInt32LE(4) >>> 1)
}

/** Bringing files up and taking them down. https://core.telegram.org/api/files */
export function fileMethods(world: World, files: Files): Methods {
  return {
    'upload.saveFilePart'(call, { fileId, filePart, bytes }) {
      files.uploads.save(world.caller(call), fileId.toString(), filePart, bytes)
      return true
    },

    'upload.saveBigFilePart'(call, { fileId, filePart, bytes }) {
      files.uploads.save(world.caller(call), fileId.toString(), filePart, bytes)
      return true
    },

    'upload.getFile'(call, { location, offset, limit }) {
      world.caller(call)
      const bytes = files.read(location, Number(offset), limit)
      return { _: 'upload.file', type: { _: 'storage.fileUnknown' }, mtime: world.now(), bytes }
    },

    'messages.uploadMedia'(call, { media }) {
      return files.mediaOf(world.caller(call), media)
    },
  }
}
