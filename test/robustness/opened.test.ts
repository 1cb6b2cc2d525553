import { randomBytes, seal } from '@chatelaine/crypto'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { countInMemory } from './memory.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** How often the end of sixty secrets of many lengths stands in the memory of a process that opened and wiped them. */
async function leftBy(way: 'open' | 'openSecret', fragment: number): Promise<number> {
  const [key, nonce, end] = [randomBytes(32), randomBytes(12), randomBytes(32)]
  const lengths = Array.from({ length: 60 }, (_, i) => 20 + i * 24)
  const sealed = lengths.map((length) => hex(seal({ key, nonce }, Buffer.concat([randomBytes(length), end]), new Uint8Array(0))))
  const child = fork(fileURLToPath(new URL('opened.mjs', import.meta.url)), { execArgv: ['--expose-gc'] })
  try {
    child.send({ way, key: hex(key), nonce: hex(nonce), sealed })
    await once(child, 'message')
    return countInMemory(child.pid ?? 0, { end: end.subarray(0, fragment) }).end ?? 0
  } finally {
    child.kill()
  }
}

// Node gives a copy of what it deciphered back to the allocator unwiped. This is what makes `openSecret` necessary.
describe.runIf(process.platform === 'linux')('what opening leaves in memory', () => {
  it('is nothing of a secret', async () => {
    expect(await leftBy('openSecret', 9)).toBe(0)
  })

  it('is whole plaintexts where it is not asked for a secret: the search finds them', async () => {
    expect(await leftBy('open', 32)).toBeGreaterThan(0)
  })
})
