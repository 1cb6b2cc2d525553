import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { StorageError } from '../errors.js'
import { realDisk } from './disk.js'
import { FRAME_HEADER, SEGMENT_HEADER } from './format.js'
import { LogStorage } from './log-storage.js'
import { recover } from './recovery.js'
import { contents, put, temporary } from './testing/folder.js'

const store = temporary()

type Files = Record<string, Buffer>

function read(folder: string): Files {
  const names = readdirSync(folder).filter((name) => name !== 'lock')
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]))
}

/** Opens a store made of these files, without the lock, which takes a process each time; returns all that is in it. */
async function found(files: Files): Promise<Record<string, string> | 'damaged'> {
  const folder = store.folder()
  mkdirSync(folder)
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
  try {
    const recovered = recover({ folder, disk: realDisk, log: () => {} })
    const storage = new LogStorage({ ...recovered, unlock: () => {}, tell: () => {}, compactAbove: Infinity })
    const all = await contents(storage)
    await storage.close()
    return all
  } catch (error) {
    if (!StorageError.damaged.is(error)) throw error
    expect(read(folder)).toEqual(files)
    return 'damaged'
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const flipped = (bytes: Buffer, at: number, mask: number) => {
  const copy = Buffer.from(bytes)
  copy[at] = copy[at]! ^ mask
  return copy
}

/** Frames of a segment, from its header on. */
function split(log: Buffer): Buffer[] {
  const parts = [log.subarray(0, SEGMENT_HEADER)]
  for (let at = SEGMENT_HEADER; at < log.length; ) {
    const next = at + FRAME_HEADER + log.readUInt32LE(at)
    parts.push(log.subarray(at, next))
    at = next
  }
  return parts
}

async function small(): Promise<Files> {
  const folder = store.folder()
  const storage = await store.open({ folder })
  await storage.commit([put('a', 1), put('b/c', 22)])
  await storage.commit([put('d', 4)])
  await storage.commit([{ remove: 'a' }])
  await storage.commit([put('d', 5)])
  await storage.close()
  return read(folder)
}

/** A store of one commit, and behind it another of some sectors. */
async function after(writes: readonly ReturnType<typeof put>[]): Promise<Files> {
  const folder = store.folder()
  const storage = await store.open({ folder })
  await storage.commit(writes)
  await storage.commit([put('last', 'y'.repeat(3000))])
  await storage.close()
  return read(folder)
}

/** A compacted segment, one that was sealed when a compaction broke off, and an active one. */
async function threeSegments(): Promise<Files> {
  const folder = store.folder()
  const first = await store.open({ folder, compactAbove: 0 })
  for (let i = 0; i < 4; i++) await first.commit([put('a', 'x'), put('b/c', 'y')])
  await expect.poll(() => readdirSync(folder)).not.toContain('000001.log')
  await first.close()
  const second = await store.open({ folder })
  await second.commit([put('d', 1), put('a', 'z')])
  await second.close()
  const { log } = recover({ folder, disk: realDisk, log: () => {} })
  log.roll()
  log.close()
  const third = await store.open({ folder })
  await third.commit([{ remove: 'd' }, put('e', 2)])
  await third.close()
  return read(folder)
}

const stores: [string, () => Promise<Files>, Record<string, string>][] = [
  ['one segment', small, { 'b/c': '22', d: '5' }],
  ['a compacted, a sealed and an active segment', threeSegments, { a: 'z', 'b/c': 'y', e: '2' }],
]

describe.each(stores)('a store of %s', (_, make, whole) => {
  it('is an error to open after any byte of it was changed', async () => {
    const files = await make()
    expect(await found(files)).toEqual(whole)

    for (const [name, bytes] of Object.entries(files)) {
      for (let at = 0; at < bytes.length; at++) {
        for (const mask of [1 << at % 8, 0xff]) {
          const outcome = await found({ ...files, [name]: flipped(bytes, at, mask) })
          expect(outcome, `${name}, byte ${at}, bits ${mask}`).toBe('damaged')
        }
      }
    }
  })

  it('is an error to open after any file of it was cut, at any length, or is gone', async () => {
    const files = await make()
    for (const [name, bytes] of Object.entries(files)) {
      for (let length = 0; length < bytes.length; length++) {
        const outcome = await found({ ...files, [name]: bytes.subarray(0, length) })
        expect(outcome, `${name}, cut to ${length}`).toBe('damaged')
      }
      const { [name]: _gone, ...rest } = files
      expect(await found(rest), `without ${name}`).toBe('damaged')
    }
  })

  it('is an error to open after a frame was dropped, repeated or moved', async () => {
    const files = await make()
    const logs = Object.entries(files).filter(([name]) => name.endsWith('.log'))
    for (const [name, bytes] of logs) {
      const [header, ...frames] = split(bytes) as [Buffer, ...Buffer[]]
      for (let i = 0; i < frames.length; i++) {
        const rest = frames.toSpliced(i, 1)
        const wrong = [rest, frames.toSpliced(i, 0, frames[i]!), ...rest.map((_, to) => rest.toSpliced(to, 0, frames[i]!))]
        for (const order of wrong.filter((tried) => !tried.every((frame, at) => frame === frames[at]) || tried === rest)) {
          expect(await found({ ...files, [name]: Buffer.concat([header, ...order]) })).toBe('damaged')
        }
      }
    }
  })
})

describe('the tail of a log that was written but not acknowledged', () => {
  /** The files as a crash between a write and its acknowledgement leaves them: the head is one commit behind. */
  async function behind() {
    const folder = store.folder()
    const storage = await store.open({ folder })
    await storage.commit([put('a', 1)])
    const acknowledged = read(folder)
    await storage.commit([put('a', 2), put('b', 2)])
    await storage.close()
    const log = '000001.log'
    return { log, acknowledged, written: read(folder)[log]!, head: acknowledged['head']! }
  }

  it('is cut off when it is not whole, at whatever byte it ends', async () => {
    const { log, acknowledged, written } = await behind()
    for (let length = acknowledged[log]!.length; length < written.length; length++) {
      expect(await found({ ...acknowledged, [log]: written.subarray(0, length) })).toEqual({ a: '1' })
    }
    expect(await found({ ...acknowledged, [log]: written })).toEqual({ a: '2', b: '2' })
  })

  it('is cut off or an error when it was garbled, and takes nothing acknowledged with it', async () => {
    const { log, acknowledged, written } = await behind()
    for (let at = acknowledged[log]!.length; at < written.length; at++) {
      const outcome = await found({ ...acknowledged, [log]: flipped(written, at, 1 << at % 8) })
      expect(['damaged', { a: '1' }]).toContainEqual(outcome)
    }
  })

  it('is cut off when the file grew but nothing was written there', async () => {
    const { log, acknowledged } = await behind()
    for (const zeros of [1, 12, 4096]) {
      const grown = Buffer.concat([acknowledged[log]!, Buffer.alloc(zeros)])
      expect(await found({ ...acknowledged, [log]: grown })).toEqual({ a: '1' })
    }
  })

  it('is cut off when its later sectors reached the disk and the one with its header did not', async () => {
    for (let pad = 440; pad < 460; pad++) {
      const files = await after([put('a', 'x'.repeat(pad))])
      const [log] = Object.keys(files).filter((name) => name.endsWith('.log')) as [string]
      const whole = files[log]!
      const last = whole.length - split(whole).at(-1)!.length
      const before = { ...files, head: (await fresh())['head']! }
      const boundary = (Math.floor(last / 512) + 1) * 512
      const torn = Buffer.from(whole).fill(0, last, boundary)
      expect(torn.subarray(boundary).some((byte) => byte !== 0)).toBe(true)

      expect(await found({ ...before, [log]: torn }), `header at ${last % 512} of its sector`).toEqual({ a: 'x'.repeat(pad) })
      if (boundary - last < FRAME_HEADER) {
        const other = Buffer.from(whole).fill(0, boundary, boundary + 512)
        expect(await found({ ...before, [log]: other })).toEqual({ a: 'x'.repeat(pad) })
      }
      // A whole write follows, so what is missing had been acknowledged.
      const more = Buffer.concat([torn, split(whole).at(-1)!])
      expect(await found({ ...before, [log]: more })).toBe('damaged')
      // And so it had where the head says so.
      expect(await found({ ...files, [log]: torn })).toBe('damaged')
    }
  })

  it('is never cut off when more frames follow, even if a power cut left an old head', async () => {
    const { log, head } = await behind()
    const folder = store.folder()
    mkdirSync(folder)
    const files = await small()
    const frames = split(files[log]!)
    const last = files[log]!.length - frames.at(-1)!.length
    const stale = { ...files, head: (await fresh())['head']! }
    expect(head).not.toEqual(files['head'])

    for (let at = SEGMENT_HEADER; at < last; at++) {
      expect(await found({ ...stale, [log]: flipped(files[log]!, at, 1 << at % 8) }), `byte ${at}`).toBe('damaged')
    }
  })

  it('is told in the log when it is cut off', async () => {
    const { log, acknowledged, written } = await behind()
    const folder = store.folder()
    mkdirSync(folder)
    for (const [name, bytes] of Object.entries(acknowledged)) writeFileSync(join(folder, name), bytes)
    writeFileSync(join(folder, log), written.subarray(0, written.length - 1))
    const lines: string[] = []

    const storage = await store.open({ folder, log: (line) => lines.push(line) })
    const [at, lost] = [acknowledged[log]!.length, written.length - 1 - acknowledged[log]!.length]
    expect(lines).toEqual([
      `${join(folder, log)}: cut off ${lost} bytes of a write that was never acknowledged, at byte ${at}`,
    ])
    expect(await storage.commit([put('b', 3)])).toBe(true)
    await storage.close()
    expect(await contents(await store.open({ folder }))).toEqual({ a: '1', b: '3' })
  })
})

async function fresh(): Promise<Files> {
  const folder = store.folder()
  await (await store.open({ folder })).close()
  return read(folder)
}

it('begins again where a crash interrupted the making of an empty store', async () => {
  const files = await fresh()
  const { manifest: _manifest, ...unfinished } = files
  expect(await found(unfinished)).toEqual({})
  expect(await found({ '000001.log': Buffer.alloc(0) })).toEqual({})

  const folder = store.folder()
  mkdirSync(folder)
  for (const [name, bytes] of Object.entries(unfinished)) writeFileSync(join(folder, name), bytes)
  expect(await contents(await store.open({ folder }))).toEqual({})
  cpSync(folder, store.folder(), { recursive: true })
})
