import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { LockError } from './errors.js'
import { lockFile } from './lock.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'lock-'))))
afterEach(() => rmSync(folder, { recursive: true }))

it('is taken once, also within one process, and again after it was given back', () => {
  const path = join(folder, 'lock')
  const release = lockFile(path)

  expect(() => lockFile(path)).toThrow(expect.objectContaining({ code: LockError.held.code, details: { path, pid: process.pid } }))
  release()
  lockFile(path)()
})

it('is free again when its holder was killed, without anybody cleaning up', async () => {
  const path = join(folder, 'lock')
  const script = 'exec 9>"$0"; flock 9; echo held; exec sleep 60'
  const holder = spawn('bash', ['-c', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  expect(() => lockFile(path)).toThrow(expect.objectContaining({ code: LockError.held.code }))

  holder.kill('SIGKILL')
  await once(holder, 'exit')

  lockFile(path)()
})

it('is no link and no second name of a file: what that is stays as it was', () => {
  const [path, other] = [join(folder, 'lock'), join(folder, 'other')]
  writeFileSync(other, 'precious')

  symlinkSync(other, path)
  expect(() => lockFile(path)).toThrow(expect.objectContaining({ code: LockError.notAFile.code }))
  rmSync(path)
  linkSync(other, path)
  expect(() => lockFile(path)).toThrow(expect.objectContaining({ code: LockError.notAFile.code }))

  expect(readFileSync(other, 'utf8')).toBe('precious')
})
