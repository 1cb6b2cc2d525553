import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { afterAll, describe, expect, it } from 'vitest'
import { decrypted, encrypted, encrypterFor, identitiesIn } from './age.js'
import { SnapshotError } from './errors.js'
import { collected, pieces } from './testing/kept.js'

const folder = mkdtempSync(join(tmpdir(), 'chatelaine-age-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const plain = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251))

async function pair() {
  const identity = await generateIdentity()
  return { identity, recipient: await identityToRecipient(identity) }
}

const sealed = (recipients: readonly string[]) => collected(encrypted(pieces(plain, 70_000), encrypterFor({ recipients })))
const opened = (file: Uint8Array, identity: string) => collected(decrypted(pieces(file, 1000), { identities: [identity] }))

describe('encryption of a snapshot', () => {
  it('opens for each recipient and for nobody else', async () => {
    const [anna, boris, eve] = [await pair(), await pair(), await pair()]
    const file = await sealed([anna.recipient, boris.recipient])

    expect((await opened(file, anna.identity)).equals(plain)).toBe(true)
    expect((await opened(file, boris.identity)).equals(plain)).toBe(true)
    await expect(opened(file, eve.identity)).rejects.toSatisfy(SnapshotError.wrongKey.is)
    await expect(collected(decrypted(pieces(file, 1000), { passphrase: 'long enough' }))).rejects.toSatisfy(SnapshotError.wrongKey.is)
  })

  it('opens by its passphrase and by no other', { timeout: 60_000 }, async () => {
    const file = await collected(encrypted(pieces(plain, 70_000), encrypterFor({ passphrase: 'correct horse' })))

    expect((await collected(decrypted(pieces(file, 1000), { passphrase: 'correct horse' }))).equals(plain)).toBe(true)
    await expect(collected(decrypted(pieces(file, 1000), { passphrase: 'another horse' }))).rejects.toSatisfy(SnapshotError.wrongKey.is)
  })

  it('refuses a file that is cut or changed, wherever', async () => {
    const { identity, recipient } = await pair()
    const file = await sealed([recipient])
    const [header, chunk] = [file.length - plain.length - 4 * 16, 0x1_0010]
    const cuts = [0, 1, 50, header - 1, header, header + 1, header + chunk, header + chunk + 1, header + 2 * chunk, file.length - 17, file.length - 1]

    for (const length of cuts) await expect(opened(file.subarray(0, length), identity), `cut at ${length}`).rejects.toSatisfy(SnapshotError.damaged.is)
    for (const at of [0, 30, header - 20, header + 5, header + chunk + 5, file.length - 1]) {
      const changed = Buffer.from(file)
      changed[at]! ^= 1
      await expect(opened(changed, identity), `changed at ${at}`).rejects.toSatisfy((error) => SnapshotError.damaged.is(error) || SnapshotError.wrongKey.is(error))
    }
    await expect(opened(Buffer.concat([file, Buffer.from('x')]), identity)).rejects.toSatisfy(SnapshotError.damaged.is)
  })

  it('fails with what failed in its source, and stops the source when nobody reads on', async () => {
    const { recipient } = await pair()
    const [broken, stopped] = [new Error('broken'), { yes: false }]
    async function* source(fails: boolean) {
      try {
        for (let i = 0; i < 100; i++) {
          if (fails && i === 9) throw broken
          yield new Uint8Array(50_000)
        }
      } finally {
        stopped.yes = true
      }
    }

    await expect(collected(encrypted(source(true), encrypterFor({ recipients: [recipient] })))).rejects.toBe(broken)
    stopped.yes = false
    for await (const _ of encrypted(source(false), encrypterFor({ recipients: [recipient] }))) break
    await expect.poll(() => stopped.yes).toBe(true)
  })

  it('refuses what is no recipient, no identity and no passphrase, and quotes no secret', () => {
    expect(() => encrypterFor({ recipients: ['age1nonsense'] })).toThrow(expect.toSatisfy(SnapshotError.badRecipient.is))
    expect(() => encrypterFor({ passphrase: 'short' })).toThrow(expect.toSatisfy(SnapshotError.weakPassphrase.is))
    expect(() => identitiesIn('# nothing\n', 'key.txt')).toThrow(expect.toSatisfy(SnapshotError.badIdentity.is))
    const bad = () => identitiesIn('# a comment\nAGE-SECRET-KEY-1TYPO\n', 'key.txt')
    expect(bad).toThrow(expect.toSatisfy(SnapshotError.badIdentity.is))
    expect(bad).toThrow(expect.not.stringContaining('TYPO'))
  })
})

describe("Debian's age", () => {
  it('makes the keys, opens what was encrypted here, and encrypts what opens here', async () => {
    const keyFile = join(folder, 'key.txt')
    expect(spawnSync('age-keygen', ['-o', keyFile]).status).toBe(0)
    const text = spawnSync('cat', [keyFile], { encoding: 'utf8' }).stdout
    const recipient = /public key: (age1\S+)/.exec(text)?.[1] ?? ''
    const ours = join(folder, 'ours.age')
    writeFileSync(ours, await sealed([recipient]))

    const theirs = spawnSync('age', ['-d', '-i', keyFile, ours], { maxBuffer: 1 << 24 })
    expect(theirs.stdout.equals(plain)).toBe(true)

    const encrypting = spawn('age', ['-r', recipient], { stdio: ['pipe', 'pipe', 'inherit'] })
    encrypting.stdin.end(plain)
    const file = await collected(encrypting.stdout)
    expect((await collected(decrypted(pieces(file, 1000), identitiesIn(text, keyFile)))).equals(plain)).toBe(true)
  })
})
