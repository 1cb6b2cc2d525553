import {
  MemoryAuthKeysRepository, MemoryKeyValueRepository, MemoryPeersRepository, MemoryRefMessagesRepository, MemoryStorageDriver,
  type ITelegramStorageProvider,
} from '@mtcute/core'
import type { SealedFile } from './sealed-file.js'

/** What survives a restart: keys of data centres, and mtcute's own small values (who we are, how far updates were read). */
interface Snapshot {
  readonly kv: readonly (readonly [name: string, value: string])[]
  readonly authKeys: readonly (readonly [dc: number, key: string])[]
}

export interface SessionStorage {
  readonly provider: ITelegramStorageProvider
  /** Saves what changed. To be called after the client was destroyed, too. */
  flush(): Promise<void>
}

/**
 * An mtcute session in memory, kept in a sealed file. Authorization keys are on disk before mtcute goes on, because a lost
 * key is a lost login; the rest follows within `delayMs`. After a crash some messages come again: each is handled once all
 * the same, because the Vault remembers which.
 */
export function sealedSession(file: SealedFile, { fresh, delayMs = 1000 }: { readonly fresh: boolean; readonly delayMs?: number }): SessionStorage {
  const memory = new MemoryStorageDriver()
  const kv = new MemoryKeyValueRepository(memory)
  const authKeys = new MemoryAuthKeysRepository(memory)
  if (!fresh) restore(file, kv, authKeys)

  let dirty = false
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.catch(() => undefined).then(async () => {
      if (!dirty) return
      dirty = false
      await file.write(encode(kv, authKeys)).catch((error: unknown) => {
        dirty = true
        throw error
      })
    })
    return writing
  }
  const soon = () => {
    dirty = true
    timer ??= setTimeout(() => void flush().catch(() => undefined), delayMs)
  }
  const now = () => {
    dirty = true
    return flush()
  }

  return {
    flush,
    provider: {
      driver: { load: () => undefined, save: () => undefined, destroy: () => flush() },
      kv: {
        get: (name) => kv.get(name),
        set: (name, value) => void (kv.set(name, value), soon()),
        delete: (name) => void (kv.delete(name), soon()),
        deleteAll: () => (kv.deleteAll(), now()),
      },
      authKeys: {
        get: (dc) => authKeys.get(dc),
        set: (dc, key) => (authKeys.set(dc, key), now()),
        // Temporary keys are made anew at each start and belong on no disk.
        getTemp: (dc, index, at) => authKeys.getTemp(dc, index, at),
        setTemp: (dc, index, ...rest) => authKeys.setTemp(dc, index, ...rest),
        deleteByDc: (dc) => (authKeys.deleteByDc(dc), now()),
        deleteAll: () => (authKeys.deleteAll(), now()),
      },
      peers: new MemoryPeersRepository(memory),
      refMessages: new MemoryRefMessagesRepository(memory),
    },
  }
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))

function encode(kv: MemoryKeyValueRepository, authKeys: MemoryAuthKeysRepository): Uint8Array {
  const snapshot: Snapshot = {
    kv: [...kv.state].map(([name, value]) => [name, base64(value)]),
    authKeys: [...authKeys.state.authKeys].map(([dc, key]) => [dc, base64(key)]),
  }
  return Buffer.from(JSON.stringify(snapshot))
}

function restore(file: SealedFile, kv: MemoryKeyValueRepository, authKeys: MemoryAuthKeysRepository): void {
  const plaintext = Buffer.from(file.read())
  const snapshot = JSON.parse(plaintext.toString()) as Snapshot
  plaintext.fill(0)
  for (const [name, value] of snapshot.kv) kv.set(name, bytes(value))
  for (const [dc, key] of snapshot.authKeys) authKeys.set(dc, bytes(key))
}
