import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { reasonOf } from '../config/files.js'
import { ServerError } from '../errors.js'
import { SnapshotError } from './errors.js'

const what = 'snapshot'

export async function refuseExisting(file: string): Promise<void> {
  const there = await stat(file).catch(() => undefined)
  if (there) throw SnapshotError.exists({ file })
}

/** Writes a file that is there whole or not at all, and readable by nobody else. */
export async function writeWhole(file: string, bytes: AsyncIterable<Uint8Array>, force: boolean): Promise<void> {
  if (!force) await refuseExisting(file)
  const part = join(dirname(file), `.${basename(file)}.${randomBytes(4).toString('hex')}.part`)
  const handle = await open(part, 'wx', 0o600).catch(refuseWrite(file))
  try {
    await writeAll(handle, bytes, file)
    if (!force) await refuseExisting(file)
    await rename(part, file).catch(refuseWrite(file))
    await syncFolder(dirname(file))
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

async function writeAll(handle: FileHandle, bytes: AsyncIterable<Uint8Array>, file: string): Promise<void> {
  try {
    for await (const chunk of bytes) await handle.writeFile(chunk).catch(refuseWrite(file))
    await handle.sync().catch(refuseWrite(file))
  } finally {
    await handle.close()
  }
}

const refuseWrite = (file: string) => (cause: unknown) => {
  throw ServerError.unwritable({ what, file, reason: reasonOf(cause) }, { cause })
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

/** A file that is read more than once: the one that was opened, whatever takes its name meanwhile. */
export interface Rereadable {
  readonly size: number
  read(progress?: (bytes: number) => void): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

export async function openFile(file: string): Promise<Rereadable> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw ServerError.unreadable({ what, file, reason: reasonOf(cause) }, { cause })
  })
  const { size } = await handle.stat()
  return { size, read: (progress = () => undefined) => reading(handle, progress), close: () => handle.close() }
}

async function* reading(handle: FileHandle, progress: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(0x1_0000), 0, 0x1_0000, at)
    if (bytesRead === 0) return
    progress((at += bytesRead))
    yield buffer.subarray(0, bytesRead)
  }
}

/** Something that comes only once, kept in a file of its own until it is closed. It holds ciphertext, whose key it does not hold. */
export async function spooled(bytes: AsyncIterable<Uint8Array>): Promise<Rereadable> {
  const folder = await mkdtemp(join(tmpdir(), 'chatelaine-'))
  const away = () => rm(folder, { recursive: true, force: true })
  try {
    const handle = await open(join(folder, 'snapshot'), 'wx+', 0o600)
    await pipeline(bytes, async (chunks) => {
      for await (const chunk of chunks) await handle.writeFile(chunk)
    })
    const { size } = await handle.stat()
    const close = async () => {
      await handle.close()
      await away()
    }
    return { size, read: (progress = () => undefined) => reading(handle, progress), close }
  } catch (error) {
    await away()
    throw error
  }
}
