import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { realDisk, type Disk } from './disk.js'
import { contents, put, temporary } from './testing/folder.js'

const store = temporary()
const child = fileURLToPath(new URL('testing/child.mjs', import.meta.url))

type Values = Record<string, string | null>
type Said = { asks: number; writes: Values } | { wrote: number } | { refused: number; cause?: string } | { log: string }

/** What the writers were promised: per writer, what is surely there, and what may have come on top. */
class Promised {
  readonly sure = new Map<number, Values>()
  readonly maybe = new Map<number, Values>()
  wrote = 0

  hear(said: Said): void {
    if ('asks' in said) this.maybe.set(said.asks, said.writes)
    if ('wrote' in said) {
      this.sure.set(said.wrote, { ...this.sure.get(said.wrote), ...this.maybe.get(said.wrote) })
      this.maybe.delete(said.wrote)
      this.wrote += 1
    }
    if ('refused' in said) this.maybe.delete(said.refused)
  }

  /** Takes what was found for what is there now, having checked that it is one of the two that may be. */
  check(found: Record<string, string>): void {
    for (const [own, sure] of this.sure) {
      const mine = Object.fromEntries(Object.entries(found).filter(([key]) => key.startsWith(`w${own}/`)))
      const candidates = [sure, { ...sure, ...this.maybe.get(own) }].map(present)
      expect(candidates).toContainEqual(mine)
      this.sure.set(own, mine)
    }
    this.maybe.clear()
  }
}

const present = (values: Values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))

function run(command: readonly string[], promised: Promised, heard: (said: Said, process: ChildProcess) => void) {
  const process = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: process.stdout })
  lines.on('line', (line) => {
    const said = JSON.parse(line) as Said
    promised.hear(said)
    heard(said, process)
  })
  return { process, ended: once(lines, 'close') }
}

describe('a store whose process is killed', () => {
  it('has every acknowledged commit, whole, after each of 24 kills under load', { timeout: 120_000 }, async () => {
    const folder = store.folder()
    const promised = new Promised()
    for (let round = 0; round < 24; round++) {
      const enough = promised.wrote + 20 + ((round * 97) % 300)
      const { ended } = run([process.execPath, child, folder, 'load', `${round}`], promised, (_, process) => {
        if (promised.wrote >= enough) process.kill('SIGKILL')
      })
      await ended
      const storage = await store.open({ folder })
      promised.check(await contents(storage))
      await storage.close()
    }
    expect(promised.wrote).toBeGreaterThan(24 * 20)
  })

  it('has them also when it is killed in the middle of compactions', { timeout: 120_000 }, async () => {
    const folder = store.folder()
    const promised = new Promised()
    await (await store.open({ folder })).close()
    for (let round = 0; round < 10; round++) {
      let changes = 0
      const { process: writer, ended } = run([process.execPath, child, folder, 'load', `${round}`], promised, () => {})
      // A compaction makes, renames and removes files one by one: each round dies at a later one of these.
      const watcher = watch(folder, (event) => {
        if (event === 'rename' && (changes += 1) > 1 + round * 2) writer.kill('SIGKILL')
      })
      await ended
      watcher.close()
      const storage = await store.open({ folder })
      promised.check(await contents(storage))
      await storage.close()
    }
    expect(readdirSync(folder)).not.toContain('000001.log')
  })

  it('can be opened as it was before every single write and flush, compaction included', async () => {
    const folder = store.folder()
    const copies: { at: string; sure: Values; maybe: Values }[] = []
    let [sure, maybe]: Values[] = [{}, {}]
    const copy = () => {
      const at = store.folder()
      cpSync(folder, at, { recursive: true })
      copies.push({ at, sure: { ...sure }, maybe: { ...sure, ...maybe } })
    }
    const copying: Disk = {
      write: async (fd, bytes, position) => {
        copy()
        const half = await realDisk.write(fd, bytes.subarray(0, Math.ceil(bytes.length / 2)), position)
        copy()
        return half
      },
      datasync: async (fd) => {
        copy()
        await realDisk.datasync(fd)
        copy()
      },
    }
    const storage = await store.open({ folder, compactAbove: 600 }, copying)
    for (let i = 0; i < 9; i++) {
      maybe = { [`k${i % 3}`]: i % 5 === 4 ? null : `${i}`.repeat(100) }
      const writes = Object.entries(maybe).map(([key, value]) => (value === null ? { remove: key } : put(key, value)))
      await storage.commit(writes)
      sure = { ...sure, ...maybe }
    }
    await storage.close()

    expect(readdirSync(folder)).not.toContain('000001.log')
    expect(copies.length).toBeGreaterThan(40)
    for (const { at, sure: acknowledged, maybe: asked } of copies) {
      const opened = await store.open({ folder: at })
      expect([present(acknowledged), present(asked)]).toContainEqual(await contents(opened))
      await opened.close()
    }
  })
})

describe.runIf(process.platform === 'linux')('a store whose disk is full', () => {
  it('loses nothing it acknowledged, and goes on when there is room', { timeout: 60_000 }, async () => {
    const folder = store.folder()
    const promised = new Promised()
    const causes = new Set<string | undefined>()
    let wroteWhenFull = Infinity
    const limited = ['prlimit', '--fsize=30000:', process.execPath, child, folder, 'load']
    const { ended } = run(limited, promised, (said, process) => {
      if ('refused' in said && !causes.has(said.cause)) {
        causes.add(said.cause)
        wroteWhenFull = promised.wrote
        spawnSync('prlimit', ['--pid', `${process.pid}`, '--fsize=unlimited:'])
      }
      if (promised.wrote > wroteWhenFull + 100) process.kill('SIGKILL')
    })
    await ended

    expect([...causes]).toEqual(['EFBIG'])
    promised.check(await contents(await store.open({ folder })))
    expect(readdirSync(join(folder))).toContain('manifest')
  })
})
