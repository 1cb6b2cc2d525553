import { reservedKeys } from '@chatelaine/barrier'
import { decrypted, type Identities } from './age.js'
import type { Header, Trailer } from './container.js'
import type { Rereadable } from './files.js'
import { ContainerReader } from './reader.js'
import { Summing, type Sum } from './record.js'

/** What lies under one folder. */
export interface Folder {
  readonly name: string
  readonly entries: number
  readonly bytes: number
}

export interface Inspection {
  readonly header: Header
  readonly trailer: Trailer
  readonly sum: Sum
  readonly folders: readonly Folder[]
  /** It holds what a Vault opens by. */
  readonly vault: boolean
}

/** Reads a snapshot to its end. That this returns says that it is whole and unchanged. */
export async function inspect(file: Rereadable, by: Identities, progress: (bytes: number) => void = () => undefined): Promise<Inspection> {
  const [reader, summing, folders] = [new ContainerReader(), new Summing(), new Map<string, { entries: number; bytes: number }>()]
  let vault = false
  for await (const chunk of decrypted(file.read(progress), by)) {
    for (const record of reader.take(chunk)) {
      summing.add(record)
      vault ||= record.key === reservedKeys.keyring
      const name = folderOf(record.key)
      const folder = folders.get(name) ?? { entries: 0, bytes: 0 }
      folder.entries += 1
      folder.bytes += Buffer.byteLength(record.key) + record.value.length
      folders.set(name, folder)
    }
  }
  return { ...reader.end(), sum: summing.sum(), folders: [...folders].map(([name, all]) => ({ name, ...all })), vault }
}

/** Mounts lie under their uuid, and the parts of `sys/` are of very different weight: those are told apart. */
function folderOf(key: string): string {
  const parts = key.split('/')
  const depth = ['sys', 'logical', 'auth'].includes(parts[0] ?? '') ? 2 : 1
  return parts.length <= depth ? parts.slice(0, -1).map((part) => `${part}/`).join('') || key : parts.slice(0, depth).map((part) => `${part}/`).join('')
}
