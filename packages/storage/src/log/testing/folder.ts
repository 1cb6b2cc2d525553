import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Storage } from '@chatelaine/sdk'
import { afterEach } from 'vitest'
import { realDisk } from '../disk.js'
import type { LogStorage } from '../log-storage.js'
import { openLogStorage, type LogOptions } from '../open.js'

/** Folders and the stores opened in them, closed and removed after each test. */
export function temporary() {
  const folders: string[] = []
  const opened: LogStorage[] = []

  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'chatelaine-log-'))
    folders.push(made)
    return join(made, 'store')
  }

  const open = async (options: Partial<LogOptions> = {}, disk = realDisk) => {
    const storage = await openLogStorage({ folder: folder(), ...options }, disk)
    opened.push(storage)
    return storage
  }

  afterEach(async () => {
    for (const storage of opened.splice(0)) await storage.close()
    for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true })
  })

  return { folder, open }
}

export const put = (key: string, value: string | number = '') => ({ put: key, value: Buffer.from(`${value}`) })

export async function textOf(storage: Storage, key: string): Promise<string | undefined> {
  const entry = await storage.get(key)
  return entry && new TextDecoder().decode(entry.value)
}

/** Everything in a store, found the way a user would: by listing. */
export async function contents(storage: Storage, prefix = ''): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of await storage.list(prefix)) {
    const key = prefix + name
    if (name.endsWith('/')) Object.assign(found, await contents(storage, key))
    else found[key] = (await textOf(storage, key))!
  }
  return found
}
