import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reservedKeys } from '@chatelaine/barrier'
import { memoryStorage, type OpenStorage, type Write } from '@chatelaine/sdk'
import { sharedMemory } from '@chatelaine/sdk/testing'
import { openLogStorage } from '@chatelaine/storage'
import { afterEach, describe, expect, it } from 'vitest'
import { containerOf } from './container.js'
import { SnapshotError } from './errors.js'
import { keysOf } from './fill.js'
import { migrate } from './migrate.js'
import { recordsOf } from './reader.js'
import { restore, type RestoreOptions } from './restore.js'
import { collected, contentsOf, likeVault, pieces, standing } from './testing/kept.js'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one()
})

async function embedded(): Promise<OpenStorage> {
  const folder = mkdtempSync(join(tmpdir(), 'chatelaine-restore-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  const storage = await openLogStorage({ folder })
  undo.push(() => storage.close())
  return storage
}

const options: RestoreOptions = { force: false, holdLeases: false, clock: standing, progress: () => undefined, expected: 0 }
const facts = { created: '', storage: 'inmem' }
const at = (storage: OpenStorage) => ({ storage, where: 'the target' })
const isVault = async (storage: OpenStorage) => (await storage.get(reservedKeys.keyring)) !== undefined

async function saved(storage: OpenStorage) {
  const bytes = await collected(containerOf(() => storage.snapshot(), facts))
  return () => recordsOf(pieces(bytes, 10_000))
}

/** `storage`, telling of each commit before it is made. */
const watched = (storage: OpenStorage, see: (writes: readonly Write[]) => void | readonly Write[]): OpenStorage => ({
  ...storage,
  get: (key) => storage.get(key),
  list: (prefix, page) => storage.list(prefix, page),
  snapshot: () => storage.snapshot(),
  commit: async (writes, guards) => storage.commit(see(writes) ?? writes, guards),
})

describe('restoring', () => {
  it('brings back everything but the election, into another kind of storage and back', async () => {
    const [source, log, memory] = [await likeVault(), await embedded(), memoryStorage()]

    await restore(at(log), (await saved(source))(), options)
    await restore(at(memory), (await saved(log))(), options)

    expect(await contentsOf(log)).toEqual(await contentsOf(source))
    expect(await contentsOf(memory)).toEqual(await contentsOf(source))
    expect(await log.get('core/lock')).toBeUndefined()
  })

  it('writes in commits that every storage takes, and what makes it a Vault last and at once', async () => {
    const source = await likeVault()
    const commits: Write[][] = []
    const target = watched(memoryStorage(), (writes) => void commits.push([...writes]))

    await restore(at(target), (await saved(source))(), options)

    for (const writes of commits) {
      expect(writes.length).toBeLessThanOrEqual(64)
      const bytes = writes.reduce((sum, write) => sum + ('value' in write ? write.value.length : 0), 0)
      expect(writes.length === 1 || bytes <= 512 << 10).toBe(true)
    }
    const reserved: readonly string[] = Object.values(reservedKeys)
    const named = commits.map((writes) => writes.filter((write) => 'put' in write && reserved.includes(write.put)).length)
    expect(named.slice(0, -1).every((n) => n === 0)).toBe(true)
    expect(named.at(-1)).toBe(4)
  })

  it('refuses a storage with anything in it, and replaces all of it when told so', async () => {
    const [source, target] = [await likeVault(), await likeVault(await embedded(), 600)]
    await target.commit([{ put: 'only/here', value: Buffer.from('x') }, { put: reservedKeys.leasesHeld, value: Buffer.from('old') }])
    const before = await contentsOf(target)

    await expect(restore(at(target), (await saved(source))(), options)).rejects.toSatisfy(SnapshotError.notEmpty.is)
    expect(await contentsOf(target)).toEqual(before)

    const sizes: number[] = []
    await restore(at(watched(target, (writes) => void sizes.push(writes.length))), (await saved(source))(), { ...options, force: true })
    expect(await contentsOf(target)).toEqual(await contentsOf(source))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100)
  })

  it('refuses a storage that nodes use, by their names', async () => {
    const shared = sharedMemory()
    await shared.open('one').cluster.announce({ name: 'alpha', apiAddress: 'https://alpha', version: '', sealed: false })

    const refused = await restore(at(shared.open('two')), (await saved(await likeVault()))(), { ...options, force: true }).catch((error: unknown) => error)

    expect(SnapshotError.inUse.is(refused) && refused.details.nodes).toEqual(['alpha (https://alpha)'])
  })

  it.each([['into an empty storage', false], ['over an old Vault', true]])('leaves no Vault when it breaks off %s', async (_, force) => {
    const source = await likeVault()
    const target = force ? await likeVault() : memoryStorage()
    const all = await saved(source)
    async function* broken() {
      let left = 250
      for await (const record of all()) {
        if ((left -= 1) < 0) throw new Error('the disk is full')
        yield record
      }
    }

    await expect(restore(at(target), broken(), { ...options, force })).rejects.toSatisfy(SnapshotError.incomplete.is)
    expect(await isVault(target)).toBe(false)
  })

  it('leaves no Vault when it breaks off while it removes the old one', async () => {
    const target = await likeVault()
    let commits = 0
    const failing = watched(target, () => {
      if ((commits += 1) === 2) throw new Error('no space')
    })

    await expect(restore(at(failing), (await saved(await likeVault()))(), { ...options, force: true })).rejects.toSatisfy(SnapshotError.incomplete.is)
    expect(await target.get('core/mounts')).toBeDefined()
    expect(await isVault(target)).toBe(false)
  })

  it('leaves no Vault when a commit fails', async () => {
    let left = 5
    const target = watched(memoryStorage(), () => {
      if ((left -= 1) < 0) throw new Error('no space')
    })

    await expect(restore(at(target), (await saved(await likeVault()))(), options)).rejects.toSatisfy(SnapshotError.incomplete.is)
    expect(await isVault(target)).toBe(false)
  })

  it.each<[string, (writes: readonly Write[]) => readonly Write[]]>([
    ['loses an entry', (writes) => writes.filter((write) => !('put' in write) || write.put !== 'core/mounts')],
    ['changes a byte', (writes) => writes.map((write) => ('put' in write && write.put === 'core/mounts' ? { ...write, value: Buffer.from('tablE') } : write))],
    ['holds one more', (writes) => (writes.some((write) => 'put' in write && write.put === 'core/mounts') ? [...writes, { put: 'x', value: Buffer.from('') }] : writes)],
  ])('notices a storage that %s, and makes no Vault of it', async (_, tamper) => {
    const target = watched(memoryStorage(), tamper)

    await expect(restore(at(target), (await saved(await likeVault()))(), options)).rejects.toSatisfy(SnapshotError.differs.is)
    expect(await isVault(target)).toBe(false)
  })

  it('notices when what makes it a Vault did not arrive as it was', async () => {
    const tamper = (writes: readonly Write[]) =>
      writes.map((write) => ('put' in write && write.put === reservedKeys.storedKey ? { ...write, value: Buffer.from('x') } : write))

    await expect(restore(at(watched(memoryStorage(), tamper)), (await saved(await likeVault()))(), options)).rejects.toSatisfy(SnapshotError.differs.is)
  })

  it('holds back what is due when told so, in the commit that makes it a Vault', async () => {
    const [source, target] = [await likeVault(), memoryStorage()]
    let last: readonly Write[] = []

    await restore(at(watched(target, (writes) => void (last = writes))), (await saved(source))(), { ...options, holdLeases: true })

    const marker = await target.get('core/leases-held')
    expect(JSON.parse(Buffer.from(marker!.value).toString())).toEqual({ version: 1, held_since: '2030-01-01T00:00:00.000Z' })
    expect(last).toHaveLength(5)
    const { 'core/leases-held': _, ...rest } = await contentsOf(target)
    expect(rest).toEqual(await contentsOf(source))
  })

  it('refuses records that are not those that were looked at before', async () => {
    const records = (await saved(await likeVault()))()

    await expect(restore(at(memoryStorage()), records, { ...options, sum: { count: 1, bytes: 1, sha256: '' } })).rejects.toSatisfy(SnapshotError.incomplete.is)
  })
})

describe('migrating', () => {
  const migrating = { force: false, holdLeases: false, clock: standing, progress: () => undefined }

  it('carries everything over, in both directions', async () => {
    const [source, there, back] = [await likeVault(), await embedded(), sharedMemory().open('one')]

    const { entries } = await migrate(at(source), at(there), migrating)
    await migrate(at(there), at(back), migrating)

    expect(await contentsOf(there)).toEqual(await contentsOf(source))
    expect(await contentsOf(back)).toEqual(await contentsOf(source))
    expect(entries).toBe(Object.keys(await contentsOf(source)).length)
  })

  it('refuses a source that is no Vault or is in use, and touches nothing', async () => {
    const [target, shared] = [await likeVault(), sharedMemory()]
    const before = await contentsOf(target)
    await shared.open('one').cluster.announce({ name: 'alpha', apiAddress: '', version: '', sealed: true })

    await expect(migrate(at(memoryStorage()), at(target), { ...migrating, force: true })).rejects.toSatisfy(SnapshotError.noVault.is)
    await expect(migrate(at(shared.open('two')), at(target), { ...migrating, force: true })).rejects.toSatisfy(SnapshotError.inUse.is)
    await expect(migrate(at(await likeVault()), at(target), migrating)).rejects.toSatisfy(SnapshotError.notEmpty.is)
    expect(await contentsOf(target)).toEqual(before)
  })

  it('stops when it is told to, and leaves no Vault', async () => {
    const target = memoryStorage()
    const progress = (doing: string, done: number) => {
      if (doing === 'writing' && done === 100) throw new Error('interrupted')
    }

    await expect(migrate(at(await likeVault()), at(target), { ...migrating, progress })).rejects.toSatisfy(SnapshotError.incomplete.is)
    expect(await isVault(target)).toBe(false)
  })
})

it('finds every key of a storage, in folders of any shape', async () => {
  const storage = memoryStorage()
  const keys = ['a', 'a/', 'a//b', 'a/b', ...Array.from({ length: 1200 }, (_, i) => `flat/${i}`), ...Array.from({ length: 700 }, (_, i) => `deep/${i}/1`)]
  for (const key of keys) await storage.commit([{ put: key, value: new Uint8Array() }])
  const found: string[] = []
  for await (const key of keysOf(storage)) found.push(key)

  expect(found.sort()).toEqual(keys.sort())
})
