import { describe, expect, it } from 'vitest'
import { put, stageFor } from './stage.js'

const requestBytes = 256 << 10
const usual = stageFor({ nodes: 1 })
const narrow = stageFor({ nodes: 1, extraArgs: [`--max-request-bytes=${requestBytes}`] })

/** A name that takes three bytes a letter. */
const long = (name: string, letters = 1600) => `${'字'.repeat(letters)}/${name}`
const value = (size: number) => new Uint8Array(size).fill(7)
/** How each commit ended: true, or the code of its error. */
const outcomes = (commits: readonly Promise<boolean>[]) =>
  Promise.all(commits.map((commit) => commit.catch((error: { code: string }) => error.code)))

describe('commits that travel together', { timeout: 60_000 }, () => {
  it('are counted in bytes as they are sent, so that long names of other alphabets still fit', async () => {
    const storage = await usual.store()
    const secrets = Array.from({ length: 200 }, (_, i) => {
      const keys = [long(`history/${i}`), long(`version/${i}`)]
      return storage.commit(keys.map((key) => ({ put: key, value: value(5500) })), keys.map((key) => ({ key, revision: 0n })))
    })

    expect(new Set(await outcomes(secrets))).toEqual(new Set([true]))
  })

  it('are refused one by one: who sent too much is told so, and nobody else', async () => {
    const storage = await narrow.store()
    await storage.commit([put('before')])
    const modest = Array.from({ length: 60 }, (_, i) => storage.commit([{ put: `modest/${i}`, value: value(11_000) }]))
    const guilty = storage.commit([{ put: 'guilty', value: value(requestBytes + 1000) }])
    const others = Array.from({ length: 20 }, (_, i) => storage.commit([put(`other/${i}`)]))

    const [told, ...rest] = await outcomes([guilty, ...modest, ...others])
    expect([told, new Set(rest)]).toEqual(['etcd.tooLarge', new Set([true])])
    await storage.catchUp()
    expect(await storage.get('guilty')).toBeUndefined()
    expect(await storage.list('modest/')).toHaveLength(60)
  })

  it('of which one is larger than any request leave the member in use, and the others alone', async () => {
    const storage = await usual.store()
    await storage.commit([put('before')])
    const keys = Array.from({ length: 125 }, (_, i) => long(`${i}`, 2700))
    const guilty = storage.commit(keys.map((key) => ({ put: key, value: value(1000) })), keys.map((key) => ({ key, revision: 0n })))
    const others = Array.from({ length: 20 }, (_, i) => storage.commit([put(`other/${i}`)]))

    const [told, ...rest] = await outcomes([guilty, ...others])
    expect([told, new Set(rest)]).toEqual(['etcd.tooLarge', new Set([true])])
    expect(storage.health().state).toBe('ok')
  })
})
