import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TelegaError } from '../errors.js'
import { vaultKeyPath, type KeySource } from './key-source.js'
import { keySourceOf, SealedFile } from './sealed-file.js'

const fromVault: KeySource = { from: 'vault', path: vaultKeyPath }
const fromPassphrase: KeySource = { from: 'passphrase', salt: Buffer.alloc(16, 1).toString('base64'), cost: 2 ** 14 }
const key = (byte = 1) => new Uint8Array(32).fill(byte)
const text = 'what nobody else may read'
const bytes = () => new Uint8Array(Buffer.from(text))
const badSession = expect.objectContaining({ code: TelegaError.badSession.code })

describe('a sealed file', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'telega-'))
    path = join(folder, 'session.sealed')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('gives back what was written, and shows nothing of it', async () => {
    const file = new SealedFile(path, { source: fromVault, key: key() })
    await file.write(bytes())

    expect(Buffer.from(file.read()).toString()).toBe(text)
    expect(keySourceOf(path)).toEqual(fromVault)
    expect(readFileSync(path, 'utf8')).not.toContain(text)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['session.sealed'])
  })

  it('is sealed under another nonce each time, and zeroes what it was given', async () => {
    const file = new SealedFile(path, { source: fromVault, key: key() })
    const given = bytes()
    await file.write(given)
    const first = readFileSync(path, 'utf8')
    await file.write(bytes())

    expect(readFileSync(path, 'utf8')).not.toBe(first)
    expect(given).toEqual(new Uint8Array(given.length))
  })

  it.each([fromVault, fromPassphrase])('is refused with any byte of it changed, its key from $from', async (source) => {
    await new SealedFile(path, { source, key: key() }).write(bytes())
    const whole = readFileSync(path)
    const opened = (changed: Buffer) => {
      writeFileSync(path, changed)
      const found = keySourceOf(path)!
      // A changed salt makes another key, as scrypt would.
      return new SealedFile(path, { source: found, key: JSON.stringify(found) === JSON.stringify(source) ? key() : key(2) }).read()
    }
    expect(Buffer.from(opened(whole)).toString()).toBe(text)

    for (let at = 0; at < whole.length - 1; at++) {
      for (const bit of [1, 32, 128]) {
        const changed = Buffer.from(whole)
        changed[at]! ^= bit
        expect(() => opened(changed), `byte ${at}, bit ${bit}`).toThrow(badSession)
      }
    }
  })

  it.each(['', 'null', '[]', '{}', '{"chatelaine":"telegram-session","version":1}', '{"chatelaine":"telegram-session","version":2}'])(
    'is refused as %j',
    (content) => {
      writeFileSync(path, content)
      expect(() => keySourceOf(path)).toThrow(badSession)
    },
  )

  it.each([
    { from: 'vault', path: 'secret/data/other' },
    { from: 'passphrase', salt: fromPassphrase.salt, cost: 2 ** 30 },
    { from: 'passphrase', salt: fromPassphrase.salt, cost: 2 ** 14 + 1 },
    { from: 'passphrase', salt: 'short', cost: 2 ** 14 },
    { from: 'elsewhere' },
  ])('is refused when its key is to come from %j', (source) => {
    writeFileSync(path, JSON.stringify({ chatelaine: 'telegram-session', version: 1, key: source, nonce: '', sealed: '' }))
    expect(() => keySourceOf(path)).toThrow(badSession)
  })

  it('does not open with another key', async () => {
    await new SealedFile(path, { source: fromVault, key: key() }).write(bytes())
    expect(() => new SealedFile(path, { source: fromVault, key: key(2) }).read()).toThrow(badSession)
  })

  it('is the old one, whole, after a crash between draft and rename; the draft left behind is in nobody’s way', async () => {
    const file = new SealedFile(path, { source: fromVault, key: key() })
    await file.write(bytes())
    writeFileSync(`${path}.new`, '{"chatelaine":"telegram-sess', { mode: 0o666 })

    expect(Buffer.from(file.read()).toString()).toBe(text)
    await file.write(new Uint8Array(Buffer.from('newer')))
    expect(Buffer.from(file.read()).toString()).toBe('newer')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['session.sealed'])
  })

  it('zeroes its key when closed, and can then be written no more', async () => {
    const given = key()
    const file = new SealedFile(path, { source: fromVault, key: given })
    await file.write(bytes())
    const before = readFileSync(path)
    file.close()

    expect(given).toEqual(new Uint8Array(32))
    await expect(file.write(bytes())).rejects.toSatisfy(TelegaError.sessionClosed.is)
    expect(readFileSync(path)).toEqual(before)
  })

  it('stays where it was moved to', async () => {
    const file = new SealedFile(`${path}.draft`, { source: fromVault, key: key() })
    await file.write(bytes())
    await file.moveTo(path)
    await file.write(new Uint8Array(Buffer.from('newer')))

    expect(readdirSync(folder)).toEqual(['session.sealed'])
    expect(Buffer.from(file.read()).toString()).toBe('newer')
  })
})
