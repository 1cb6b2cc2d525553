import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from '@chatelaine/crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BarrierError } from '../errors.js'
import { keyFileSeal } from './key-file-seal.js'

async function place() {
  const folder = await mkdtemp(join(tmpdir(), 'chatelaine-keyfile-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'unseal.key')
  return { path, seal: keyFileSeal(path) }
}

describe('keyFileSeal', () => {
  it('makes a file of 32 random bytes that only its owner may touch, and unseals with it', async () => {
    const { path, seal } = await place()
    const rootKey = randomBytes(32)

    const blob = await seal.wrap(rootKey)

    expect((await stat(path)).mode & 0o7777).toBe(0o600)
    const text = await readFile(path, 'utf8')
    expect(text).toMatch(/^[A-Za-z0-9+/]{43}=\n$/)
    expect(await keyFileSeal(path).unwrap(blob)).toEqual(rootKey)
    expect(seal.type).toBe('keyfile')
  })

  it('never overwrites the file: it wraps with the key that is there', async () => {
    const { path, seal } = await place()
    const first = await seal.wrap(randomBytes(32))
    const before = await readFile(path)

    await seal.wrap(randomBytes(32))

    expect(await readFile(path)).toEqual(before)
    await expect(seal.unwrap(first)).resolves.toHaveLength(32)
  })

  it('lets one of many racing wraps make the file, and all use it', async () => {
    const { seal } = await place()
    await seal.wrap(randomBytes(32))
    const rootKey = randomBytes(32)

    const blobs = await Promise.all(Array.from({ length: 8 }, () => seal.wrap(rootKey)))

    for (const blob of blobs) expect(await seal.unwrap(blob)).toEqual(rootKey)
  })

  it('says where the key was expected, and makes none to unseal with', async () => {
    const { path, seal } = await place()

    await expect(seal.unwrap(randomBytes(61))).rejects.toThrow(`the unseal key was expected in "${path}"`)

    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.each([0o640, 0o604, 0o620, 0o602, 0o610, 0o660, 0o777])(
    'refuses a file that others may touch (mode %o), and says what to do',
    async (mode) => {
      const { path, seal } = await place()
      const blob = await seal.wrap(randomBytes(32))
      await chmod(path, mode)

      await expect(seal.unwrap(blob)).rejects.toSatisfy(BarrierError.keyFileExposed.is)
      await expect(seal.wrap(randomBytes(32))).rejects.toThrow(`(mode 0${mode.toString(8)}): run chmod 600`)
    },
  )

  it.each([0o600, 0o400])('accepts mode %o', async (mode) => {
    const { path, seal } = await place()
    const blob = await seal.wrap(randomBytes(32))
    await chmod(path, mode)
    await expect(seal.unwrap(blob)).resolves.toHaveLength(32)
  })

  it.each([
    ['nothing', ''],
    ['31 bytes', Buffer.alloc(31).toString('base64')],
    ['33 bytes', Buffer.alloc(33).toString('base64')],
    ['hex', Buffer.alloc(32).toString('hex')],
    ['a large file', 'A'.repeat(5000)],
  ])('refuses a file that holds %s', async (_, text) => {
    const { path, seal } = await place()
    await writeFile(path, text, { mode: 0o600 })
    await expect(seal.unwrap(randomBytes(61))).rejects.toThrow(`"${path}" does not hold 32 bytes in base64`)
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('does not unseal with another key', async () => {
    const { seal } = await place()
    const other = await place()
    await other.seal.wrap(randomBytes(32))
    const blob = await seal.wrap(randomBytes(32))

    await expect(other.seal.unwrap(blob)).rejects.toSatisfy(BarrierError.notUnwrapped.is)
  })
})
