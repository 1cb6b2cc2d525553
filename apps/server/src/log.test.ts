import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BarrierError } from '@chatelaine/barrier'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLog } from './log.js'

let folder: string
let logFile: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'))
  logFile = join(folder, 'logs', 'server.log')
})
afterEach(() => rmSync(folder, { recursive: true }))

const lines = (file = logFile) => readFileSync(file, 'utf8').split('\n').slice(0, -1)

describe('the standard form', () => {
  it('is a time, a level, a sentence and facts', () => {
    openLog({ logLevel: 'info', logFile }).info({ mount: 'kv/', count: 3, who: 'the caretaker' }, 'a mount was made')

    expect(lines()).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z \[INFO\]  a mount was made: mount=kv\/ count=3 who="the caretaker"$/),
    ])
  })

  it('keeps an event on its line whatever is logged', () => {
    openLog({ logLevel: 'info', logFile }).error({ path: 'a\n2026 [INFO] all is well', 'odd\nname': 1 }, 'first\nsecond')

    expect(lines()).toEqual([expect.stringMatching(/^\S+ \[ERROR\] first\\nsecond: path="a\\n2026 \[INFO\] all is well" odd\\nname=1$/)])
  })

  it('leaves out what is below the level', () => {
    const log = openLog({ logLevel: 'warn', logFile })
    log.info('quiet')
    log.warn('loud')

    expect(lines()).toEqual([expect.stringMatching(/ \[WARN\] {2}loud$/)])
  })
})

it('is JSON where that was asked for', () => {
  openLog({ logLevel: 'info', logFile, logFormat: 'json' }).info({ mount: 'kv/' }, 'a mount was made')

  expect(lines().map((line) => JSON.parse(line))).toEqual([{ level: 'info', time: expect.any(String), mount: 'kv/', msg: 'a mount was made' }])
})

describe.each(['standard', 'json'] as const)('an error in the %s form', (logFormat) => {
  it('is told in its own words when it stands in a catalogue', () => {
    openLog({ logLevel: 'info', logFile, logFormat }).error({ error: BarrierError.tampered({ key: 'core/mounts' }) }, 'a request failed')

    expect(lines()[0]).toContain('barrier.tampered')
    expect(lines()[0]).toContain('core/mounts')
    expect(lines()[0]).toContain('is not what was written there')
  })

  it('is told by name and place, and never in its words, when it is a bug', () => {
    const bug = new TypeError('cannot read hvs.secret\n    at hvs.secret')
    openLog({ logLevel: 'info', logFile, logFormat }).error({ error: bug }, 'a request failed on a bug')

    expect(lines()[0]).toContain('TypeError')
    expect(lines()[0]).toContain('log.test.ts')
    expect(lines()[0]).not.toContain('hvs.secret')
  })
})

it('goes on in a new file after the old one was moved away', () => {
  const log = openLog({ logLevel: 'info', logFile })
  log.info('before')
  renameSync(logFile, `${logFile}.1`)
  log.info('still the old one')

  log.reopen()
  log.info('after')

  expect(lines(`${logFile}.1`)).toEqual([expect.stringContaining('before'), expect.stringContaining('still the old one')])
  expect(lines()).toEqual([expect.stringContaining('after')])
})

it('is for its owner only, and refuses what cannot be a file', () => {
  openLog({ logLevel: 'info', logFile }).info('begun')

  expect(statSync(logFile).mode & 0o777).toBe(0o600)
  expect(() => openLog({ logLevel: 'info', logFile: folder })).toThrow(`cannot write the log ${folder}: EISDIR`)
})

it('stays with the old file where no new one can be had, and takes the next chance', () => {
  const log = openLog({ logLevel: 'info', logFile })
  renameSync(logFile, `${logFile}.1`)
  mkdirSync(logFile)

  expect(() => log.reopen()).toThrow(`cannot write the log ${logFile}: EISDIR`)
  log.info('still the old one')
  rmSync(logFile, { recursive: true })
  log.reopen()
  log.info('the new one')

  expect(lines(`${logFile}.1`)).toEqual([expect.stringContaining('still the old one')])
  expect(lines()).toEqual([expect.stringContaining('the new one')])
})

it.runIf(process.platform === 'linux')('costs the server nothing but its lines when the disk is full', () => {
  const log = openLog({ logLevel: 'info', logFile: '/dev/full' })

  expect(() => log.info('a line that is lost')).not.toThrow()
})
