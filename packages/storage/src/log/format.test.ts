import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { StorageError } from '../errors.js'
import { encodeSegmentHeader } from './format.js'
import { crc32 } from 'node:zlib'
import { contents, put, temporary } from './testing/folder.js'

const store = temporary()

const documentation = readFileSync(new URL('../../../../docs/format.md', import.meta.url), 'utf8')

/** A fenced block of the format's documentation. */
function documented(name: string): string {
  const [, block] = new RegExp(`^\`\`\`\\w+ ${name}\\n([^\`]*)^\`\`\``, 'm').exec(documentation) ?? []
  if (block === undefined) throw new Error(`the documentation has no block "${name}"`)
  return block
}

/** Bytes in hex up to a column of remarks, which three spaces set off. */
const bytes = (block: string) =>
  Buffer.from(block.split('\n').map((line) => line.split('   ')[0]!.replaceAll(' ', '')).join(''), 'hex')

const files = () => ({
  '000001.log': bytes(documented('storage-segment')),
  head: bytes(documented('storage-head')),
  manifest: Buffer.from(documented('storage-manifest')),
})

it('writes the bytes that the documentation shows', async () => {
  const folder = store.folder()
  const storage = await store.open({ folder })
  await storage.commit([put('a', 1)])
  await storage.commit([{ remove: 'a' }, put('b/c', 22)])
  await storage.close()

  for (const [name, expected] of Object.entries(files())) {
    expect(readFileSync(join(folder, name)).toString('hex'), name).toBe(expected.toString('hex'))
  }
})

it('reads the bytes that the documentation shows', async () => {
  const folder = store.folder()
  mkdirSync(folder)
  for (const [name, shown] of Object.entries(files())) writeFileSync(join(folder, name), shown)

  const storage = await store.open({ folder })
  expect(await contents(storage)).toEqual({ 'b/c': '22' })
  expect((await storage.get('b/c'))?.revision).toBe(2n)
})

it('says so when the files are of a later format', async () => {
  const folder = store.folder()
  await (await store.open({ folder })).close()
  const header = encodeSegmentHeader({ segment: 1, above: 0 })
  header.writeUInt32LE(2, 8)
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28)
  writeFileSync(join(folder, '000001.log'), header)

  await expect(store.open({ folder })).rejects.toSatisfy(StorageError.newerFormat.is)
})
