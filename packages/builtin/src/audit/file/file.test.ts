import { chmod, link, mkdir, mkdtemp, open, readFile, rename, rm, stat, symlink, unlink,
  writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { auditFile, AuditFileError } from './index.js'
import { appendAll, type Appendable } from './log-file.js'

let directory: string
let log: string
let heard: string[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-'))
  log = join(directory, 'audit.log')
  heard = []
})
afterEach(() => rm(directory, { recursive: true }))

const type = (within?: readonly string[]) => auditFile({ within, log: (message) => heard.push(message) })
const openFile = (options: Record<string, string> = {}) => type().open({ file_path: log, ...options })
const modeOf = async (path: string) => (await stat(path)).mode & 0o7777
const lines = async (path = log) => (await readFile(path, 'utf8')).split('\n')

describe('audit file', () => {
  it('appends each line, readable by nobody else', async () => {
    await writeFile(log, 'before\n', { mode: 0o644 })
    const device = await openFile()

    await device.write('one')
    await device.write('two')
    await device.close()

    expect(await lines()).toEqual(['before', 'one', 'two', ''])
    expect(await modeOf(log)).toBe(0o600)
  })

  it('keeps the order of lines that arrive together', async () => {
    const device = await openFile()
    const wanted = Array.from({ length: 500 }, (_, i) => `line ${i}`)

    await Promise.all(wanted.map((line) => device.write(line)))
    await device.close()

    expect(await lines()).toEqual([...wanted, ''])
  })

  it('sets the mode that is asked for, and with 0000 leaves that of an existing file', async () => {
    await (await openFile({ mode: '0640' })).close()
    expect(await modeOf(log)).toBe(0o640)

    await (await openFile({ mode: '0000' })).close()
    expect(await modeOf(log)).toBe(0o640)

    await unlink(log)
    await (await openFile({ mode: '0000' })).close()
    expect(await modeOf(log)).toBe(0o600)
  })

  it('goes on in a new file when the log was deleted, without losing the line that found out', async () => {
    const device = await openFile()
    await device.write('one')
    await unlink(log)

    await device.write('two')
    await device.write('three')
    await device.close()

    expect(await lines()).toEqual(['two', 'three', ''])
    expect(heard).toEqual(['the audit log was deleted; it is opened anew'])
  })

  it('goes on in a new file when the log was moved, with every line in exactly one of the two', async () => {
    const device = await openFile()
    await device.write('one')
    await rename(log, `${log}.1`)

    await device.write('two')
    await device.write('three')
    await device.close()

    expect([...(await lines(`${log}.1`)), ...(await lines())]).toEqual(['one', 'two', '', 'three', ''])
  })

  it('follows rotation at once on reload', async () => {
    const device = await openFile()
    await device.write('one')
    await rename(log, `${log}.1`)

    await device.reload?.()
    await device.write('two')
    await device.close()

    expect(await lines()).toEqual(['two', ''])
    expect(heard).toEqual([])
  })

  it('fails while its directory is gone, and recovers when it is back', async () => {
    const inner = join(directory, 'logs')
    await mkdir(inner)
    const device = await openFile({ file_path: join(inner, 'audit.log') })
    await rm(inner, { recursive: true })

    await expect(device.write('one')).rejects.toSatisfy(AuditFileError.unusable.is)
    await expect(device.write('two')).rejects.toSatisfy(AuditFileError.unusable.is)
    await mkdir(inner)
    await device.write('three')
    await device.close()

    expect(await lines(join(inner, 'audit.log'))).toEqual(['three', ''])
  })

  it('starts on a new line where the log ends in half of one', async () => {
    await writeFile(log, 'whole\nhal')
    const device = await openFile()

    await device.write('next')
    await device.close()

    expect(await lines()).toEqual(['whole', 'hal', 'next', ''])
  })

  it('takes no line once closed, but finishes those it took', async () => {
    const device = await openFile()
    const taken = device.write('one')

    await device.close()

    await taken
    await expect(device.write('two')).rejects.toSatisfy(AuditFileError.closed.is)
    expect(await lines()).toEqual(['one', ''])
  })
})

describe('audit file, what it refuses', () => {
  it.each(['0755', '0700', '4600', '0602', '0666', '600x', 'rw', '', '-600'])('mode "%s"', async (mode) => {
    await expect(openFile({ mode })).rejects.toSatisfy(AuditFileError.badMode.is)
  })

  it.each(['audit.log', './audit.log', '/tmp/../etc/audit.log', '/tmp/./audit.log', '/tmp//audit.log', '/tmp/',
    '/tmp/a\0b'])('path %j', async (path) => {
    await expect(openFile({ file_path: path })).rejects.toSatisfy(AuditFileError.relativePath.is)
  })

  it('no path, and options it does not know', async () => {
    await expect(type().open({})).rejects.toSatisfy(AuditFileError.missingPath.is)
    await expect(openFile({ mod: '0600' })).rejects.toSatisfy(AuditFileError.unknownOption.is)
  })

  it('a link, even to a file that would do', async () => {
    await writeFile(join(directory, 'real'), '')
    await symlink(join(directory, 'real'), log)
    await expect(openFile()).rejects.toSatisfy(AuditFileError.notALog.is)
  })

  it('a file with a second name', async () => {
    await writeFile(join(directory, 'real'), '')
    await link(join(directory, 'real'), log)
    await expect(openFile()).rejects.toSatisfy(AuditFileError.notALog.is)
  })

  it('an executable file, whatever mode is asked for, and leaves it as it was', async () => {
    await writeFile(log, '#!/bin/sh\n')
    await chmod(log, 0o755)

    for (const mode of ['0000', '0600']) await expect(openFile({ mode })).rejects.toSatisfy(AuditFileError.notALog.is)

    expect(await modeOf(log)).toBe(0o755)
    expect(await lines()).toEqual(['#!/bin/sh', ''])
  })

  it('a directory, a pipe and a device, without hanging on them', async () => {
    const pipe = join(directory, 'pipe')
    execFileSync('mkfifo', [pipe])

    for (const path of [directory, pipe, '/dev/full', '/dev/null']) {
      await expect(openFile({ file_path: path, mode: '0000' })).rejects.toSatisfy(AuditFileError.notALog.is)
    }
  })

  it('places outside the directories the server names, also by way of a linked directory', async () => {
    const [logs, elsewhere] = [join(directory, 'logs'), join(directory, 'elsewhere')]
    await Promise.all([mkdir(logs), mkdir(elsewhere), mkdir(`${logs}-not`)])
    await symlink(elsewhere, join(logs, 'out'))
    const opening = (path: string) => type([logs]).open({ file_path: path })

    for (const path of [join(elsewhere, 'a'), join(logs, 'out', 'a'), join(`${logs}-not`, 'a')]) {
      await expect(opening(path)).rejects.toSatisfy(AuditFileError.outside.is)
      await expect(stat(path)).rejects.toThrow(/ENOENT/)
    }
    await (await opening(join(logs, 'a'))).close()
  })

  it('a place that does not exist, saying why without saying more', async () => {
    const opening = openFile({ file_path: '/nowhere/at/all.log' })
    await expect(opening).rejects.toThrow(/^the file could not be opened for writing: ENOENT$/)
  })
})

describe('appendAll', () => {
  it('goes on where a short write stopped', async () => {
    const taken: number[] = []
    const threeAtATime: Appendable = {
      async write(bytes, offset) {
        const part = bytes.subarray(offset, offset + 3)
        taken.push(...part)
        return { bytesWritten: part.length }
      },
    }

    await appendAll(threeAtATime, Buffer.from('abcdefgh'))

    expect(Buffer.from(taken).toString()).toBe('abcdefgh')
  })

  it('rejects when the disk is full', async () => {
    const full = await open('/dev/full', 'a')
    await expect(appendAll(full, Buffer.from('line\n'))).rejects.toThrow(/ENOSPC/)
    await full.close()
  })
})

describe('audit file to elsewhere', () => {
  it('writes to the standard output, which it does not close', async () => {
    const stdout = new PassThrough()
    const device = await auditFile({ log: () => undefined, stdout }).open({ file_path: 'stdout' })

    await device.write('one')
    await device.close()
    stdout.end('later\n')

    expect(await text(stdout)).toBe('one\nlater\n')
  })

  it('counts a line as not written when the standard output is gone', async () => {
    const stdout = new PassThrough()
    const device = await auditFile({ log: () => undefined, stdout }).open({ file_path: 'stdout' })
    stdout.destroy()

    await expect(device.write('one')).rejects.toThrow()
  })

  it('discards', async () => {
    const device = await type().open({ path: 'discard' })
    await expect(device.write('one')).resolves.toBeUndefined()
    await device.close()
  })
})
