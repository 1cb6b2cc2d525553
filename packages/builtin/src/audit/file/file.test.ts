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

/** A line that Vault wrote. */
const before = '{"time":"2030-01-01T00:00:00.000Z","type":"request","auth":{}}'

const type = (within?: readonly string[]) => auditFile({ within, log: (message) => heard.push(message) })
const openFile = (options: Record<string, string> = {}) => type().open({ file_path: log, ...options })
const modeOf = async (path: string) => (await stat(path)).mode & 0o7777
const lines = async (path = log) => (await readFile(path, 'utf8')).split('\n')

describe('audit file', () => {
  it('appends each line to a file that nobody else may read, or to a log that is there, whose mode it leaves', async () => {
    await (await openFile()).close()
    expect(await modeOf(log)).toBe(0o600)
    await writeFile(log, `${before}\n`)
    await chmod(log, 0o644)
    const device = await openFile()

    await device.write('one')
    await device.write('two')
    await device.close()

    expect(await lines()).toEqual([before, 'one', 'two', ''])
    expect(await modeOf(log)).toBe(0o644)
  })

  it('keeps the order of lines that arrive together', async () => {
    const device = await openFile()
    const wanted = Array.from({ length: 500 }, (_, i) => `line ${i}`)

    await Promise.all(wanted.map((line) => device.write(line)))
    await device.close()

    expect(await lines()).toEqual([...wanted, ''])
  })

  it('gives a new file the mode that is asked for, whatever the umask, and never changes that of an existing one', async () => {
    await (await openFile({ mode: '0640' })).close()
    expect(await modeOf(log)).toBe(0o640)

    for (const mode of ['0000', '0600', '0644']) await (await openFile({ mode })).close()
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
    await writeFile(log, `${before}\nhal`)
    const device = await openFile()

    await device.write('next')
    await device.close()

    expect(await lines()).toEqual([before, 'hal', 'next', ''])
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
  it.each(['0755', '0700', '4600', '0602', '0666', '0660', '0620', '0622', '0400', '0440', '0200', '600x', 'rw', '', '-600'])('mode "%s"', async (mode) => {
    await expect(openFile({ mode })).rejects.toSatisfy(AuditFileError.badMode.is)
  })

  it.each(['audit.log', './audit.log', '/tmp/../etc/audit.log', '/tmp/./audit.log', '/tmp//audit.log', '/tmp/'])('path %j', async (path) => {
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

describe('audit file, a place that somebody asks for', () => {
  const enable = (path: string, places: { within?: readonly string[]; never?: readonly string[] } = {}, options: Record<string, string> = {}) =>
    auditFile({ ...places, log: () => undefined }).open({ file_path: path, ...options }, true)

  it.each(['$(id)', '`id`', 'a;b', 'a&b', 'a|b', 'a\nb', 'a\rb', "a'b", 'a"b', 'a\\b', 'a*', 'a?b', '~a', '{a,b}', '<a', '>a', '#a', '!a', 'a\u0007b', 'a\u202eb', 'a\u00a0b'])(
    'is refused when a shell could read more in its name: %j', async (name) => {
      await expect(enable(join(directory, name))).rejects.toSatisfy(AuditFileError.oddPath.is)
      await expect(enable(join(directory, name, 'a.log'))).rejects.toSatisfy(AuditFileError.oddPath.is)
    },
  )

  it('may have letters of any language, and blanks', async () => {
    await (await enable(join(directory, 'журнал für Ü 日誌+a@b.log'))).close()
  })

  it.each(['.profile', '.bashrc', '.ssh/authorized_keys', '.config/systemd/user/a.service'])('is refused as %s, which programs read', async (name) => {
    await expect(enable(join(directory, name))).rejects.toSatisfy(AuditFileError.hidden.is)
  })

  it.each(['# my profile\n', '#!/bin/sh\n', 'secret', '{"level":"info","time":"2030-01-01T00:00:00.000Z"}\n', '{"time":"now","type":"request"}', '\0\0\0\0'])(
    'is refused where a file of something else lies, which stays as it was: %j', async (content) => {
      await writeFile(log, content, { mode: 0o600 })
      await chmod(log, 0o600)

      for (const mode of ['0600', '0644', '0000']) await expect(enable(log, {}, { mode })).rejects.toSatisfy(AuditFileError.notOurLog.is)

      expect([await readFile(log, 'utf8'), await modeOf(log)]).toEqual([content, 0o600])
    },
  )

  it('may hold an audit log of before, with or without a prefix, or an empty file', async () => {
    for (const content of ['', `${before}\n`, `vault: ${before}\n`]) {
      await writeFile(log, content)
      await (await enable(log)).close()
    }
  })

  it.each(['/etc/cron.d/a', '/etc/profile.d/a.sh', '/usr/lib/a.log', '/dev/shm/a.log', '/proc/self/cwd/a.log', '/sys/a'])('is refused in a folder of the system: %s', async (path) => {
    await expect(enable(path)).rejects.toSatisfy(AuditFileError.systemFolder.is)
  })

  it.each(['/dev/stdout', '/dev/stderr', '/dev/fd/1', '/proc/self/fd/2'])('is refused as %s, with the word that works', async (path) => {
    await expect(enable(path)).rejects.toThrow(/say file_path=stdout/)
  })

  it('is refused in a folder that others may write to', async () => {
    const open = join(directory, 'open')
    await mkdir(open)
    await chmod(open, 0o777)

    await expect(enable(join(open, 'a.log'))).rejects.toSatisfy(AuditFileError.openFolder.is)
    await expect(enable(join(open, 'deeper', 'a.log'))).rejects.toSatisfy(AuditFileError.openFolder.is)
    await expect(stat(join(open, 'deeper'))).rejects.toThrow(/ENOENT/)
  })

  it('is made with its folders, for nobody else', async () => {
    const path = join(directory, 'not', 'there', 'a.log')

    const device = await enable(path)
    await device.write('one')
    await device.close()

    expect(await lines(path)).toEqual(['one', ''])
    expect([await modeOf(join(directory, 'not')), await modeOf(join(directory, 'not', 'there'))]).toEqual([0o700, 0o700])
  })

  it('makes no folder behind a link that leads nowhere', async () => {
    await symlink(join(directory, 'elsewhere'), join(directory, 'link'))

    await expect(enable(join(directory, 'link', 'deep', 'a.log'))).rejects.toThrow()

    await expect(stat(join(directory, 'elsewhere'))).rejects.toThrow(/ENOENT/)
  })

  it('is refused as anything the server uses, by whatever way it is spelled, also where no file is yet', async () => {
    const store = join(directory, 'store')
    const key = join(directory, 'unseal.key')
    const never = [store, key, join(directory, 'server.pid')]
    await mkdir(store)
    await writeFile(key, '')
    await symlink(store, join(directory, 'way'))
    await symlink(directory, join(directory, 'up'))
    const paths = [
      join(store, 'a.log'), join(store, 'deeper', 'a.log'), join(directory, 'way', 'a.log'), join(directory, 'up', 'store', 'a.log'),
      key, join(directory, 'up', 'unseal.key'), join(directory, 'UNSEAL.KEY'), join(directory, 'server.pid'), join(directory, 'up', 'server.pid'),
    ]

    for (const path of paths) {
      await expect(enable(path, { never }), path).rejects.toSatisfy(AuditFileError.ours.is)
      await expect(enable(path, { never, within: [directory] }), path).rejects.toSatisfy(AuditFileError.ours.is)
    }
    await link(key, join(directory, 'other.log'))
    await expect(enable(join(directory, 'other.log'), { never })).rejects.toSatisfy(AuditFileError.ours.is)
  })

  it('may be anywhere the operator allows by name, also under a name with a dot', async () => {
    const folder = join(directory, '.local', 'log')

    await (await enable(join(folder, 'a.log'), { within: [folder] })).close()

    await expect(enable(join(directory, 'b.log'), { within: [folder] })).rejects.toSatisfy(AuditFileError.outside.is)
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
