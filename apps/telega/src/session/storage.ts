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
  /** Saves what changed. */
  flush(): Promise<void>
  /** Saves for the last time. What changes later stays in memory. */
  close(): Promise<void>
}

export interface SavingOptions {
  /** Begins empty instead of with what is in the file. */
  readonly fresh: boolean
  /** Told when a save in the background fails. The next change tries again. */
  readonly failed: (error: unknown) => void
  readonly delayMs?: number
}

/**
 * An mtcute session in memory, kept in a sealed file. Authorization keys are on disk before mtcute goes on, because a lost
 * key is a lost login; the rest follows within `delayMs`. After a crash some messages come again: each is handled once all
 * the same, because the Vault remembers which.
 */
export function sealedSession(file: SealedFile, { fresh, failed, delayMs = 1000 }: SavingOptions): SessionStorage {
  const memory = new MemoryStorageDriver()
  const kv = new MemoryKeyValueRepository(memory)
  const authKeys = new MemoryAuthKeysRepository(memory)
  if (!fresh) restore(file, kv, authKeys)

  const { flush, soon, now, close } = saving(() => file.write(encode(kv, authKeys)), { failed, delayMs })
  return {
    flush,
    close,
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

/** Saves one at a time, and only what changed. */
function saving(write: () => Promise<void>, { failed, delayMs }: { readonly failed: SavingOptions['failed']; readonly delayMs: number }) {
  let dirty = false
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  const save = async () => {
    if (!dirty) return
    dirty = false
    await write().catch((error: unknown) => {
      dirty = true
      throw error
    })
  }
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    return (writing = writing.catch(() => undefined).then(save))
  }
  const changed = (save: () => Promise<void> | void) => () => {
    if (closed) return undefined
    dirty = true
    return save()
  }
  return {
    flush,
    soon: changed(() => void (timer ??= setTimeout(() => void flush().catch(failed), delayMs))),
    now: changed(flush),
    close() {
      closed = true
      return flush()
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

/** The strings in between cannot be wiped; the bytes are. */
function restore(file: SealedFile, kv: MemoryKeyValueRepository, authKeys: MemoryAuthKeysRepository): void {
  const plaintext = file.read()
  const snapshot = JSON.parse(new TextDecoder().decode(plaintext)) as Snapshot
  plaintext.fill(0)
  for (const [name, value] of snapshot.kv) kv.set(name, bytes(value))
  for (const [dc, key] of snapshot.authKeys) authKeys.set(dc, bytes(key))
}
