import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { StorageError } from '../errors.js'
import { prepareFile, reasonOf, swapFile } from './disk.js'

/** A segment that takes no more writes: exactly so many bytes, and a chain of frames that ends in `chain`. */
export interface Sealed {
  readonly segment: number
  readonly bytes: number
  readonly chain: number
}

/** Which segments make up the store, oldest first. Replacing this file is how the store moves from one set to the next. */
export interface Manifest {
  readonly sealed: readonly Sealed[]
  readonly active: number
}

export const segmentName = (segment: number) => `${String(segment).padStart(6, '0')}.log`

const manifestPath = (folder: string) => join(folder, 'manifest')

/** Two lines: a checksum in hex, and the facts as JSON. */
export function manifestText({ sealed, active }: Manifest): string {
  const rows = sealed.map(({ segment, bytes, chain }) => ({ segment, bytes, chain }))
  const facts = JSON.stringify({ format: 1, sealed: rows, active })
  return `${crc32(facts).toString(16).padStart(8, '0')}\n${facts}\n`
}

/** Until swapManifest is called, the old one is in force. */
export function prepareManifest(folder: string, manifest: Manifest): void {
  prepareFile(manifestPath(folder), manifestText(manifest))
}

export function swapManifest(folder: string): void {
  swapFile(manifestPath(folder))
}

/** Undefined when there is none. */
export function readManifest(folder: string): Manifest | undefined {
  const file = manifestPath(folder)
  let text: string
  try {
    text = readFileSync(file, 'latin1')
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return undefined
    throw StorageError.unreadable({ file, offset: 0, reason: reasonOf(error) }, { cause: error })
  }
  const facts = text.slice(9, -1)
  if (text !== `${crc32(facts).toString(16).padStart(8, '0')}\n${facts}\n`) {
    throw StorageError.damaged({ file, offset: 0, problem: 'it fails its checksum' })
  }
  const { format, ...manifest } = JSON.parse(facts) as Manifest & { format: number }
  if (format !== 1) throw StorageError.newerFormat({ file, format })
  return manifest
}
