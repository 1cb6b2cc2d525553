import { memoryStorage, type Storage, type Write } from '@chatelaine/sdk'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { LogStorage } from './log-storage.js'
import { temporary } from './testing/folder.js'

const store = temporary()

const key = fc.array(fc.constantFrom('a', 'b', '/', 'é', '😀', '-'), { minLength: 1, maxLength: 5 }).map((all) => all.join(''))
const prefix = fc.oneof(fc.constant(''), key)
const value = fc.uint8Array({ maxLength: 40 })
const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ put: key, value }) },
  { weight: 1, arbitrary: fc.record({ remove: key }) },
)
const guard = fc.record({ key, expects: fc.constantFrom('what is there', 'nothing', 'something else') })
const page = fc.record(
  { after: fc.oneof(key, key.map((name) => `${name}/`)), limit: fc.nat(4) },
  { requiredKeys: [] },
)

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ writes: fc.array(write, { maxLength: 4 }), guards: fc.array(guard, { maxLength: 2 }) }) },
  { weight: 3, arbitrary: fc.record({ list: prefix, page }) },
  { weight: 2, arbitrary: fc.record({ get: key }) },
  { weight: 1, arbitrary: fc.constant('open again' as const) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

async function judge(storage: Storage, guards: readonly { key: string; expects: string }[]) {
  return Promise.all(
    guards.map(async ({ key, expects }) => {
      const current = (await storage.get(key))?.revision ?? 0n
      return { key, revision: expects === 'nothing' ? 0n : expects === 'something else' ? current + 1n : current }
    }),
  )
}

async function answer(storage: Storage, step: Exclude<Step, string>): Promise<unknown> {
  if ('list' in step) return storage.list(step.list, step.page)
  if ('get' in step) return (await storage.get(step.get))?.value
  return storage.commit(step.writes, await judge(storage, step.guards))
}

const bytesOf = (found: unknown) => (found instanceof Uint8Array ? [...found] : found)

it('answers like memory whatever is asked of it, across compactions and openings', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const folder = store.folder()
      const reference = memoryStorage()
      const open = (): Promise<LogStorage> => store.open({ folder, compactAbove: 400 })
      let storage = await open()
      for (const next of steps) {
        if (next === 'open again') {
          await storage.close()
          storage = await open()
        } else {
          expect(bytesOf(await answer(storage, next))).toEqual(bytesOf(await answer(reference, next)))
        }
      }
      expect(await storage.list('')).toEqual(await reference.list(''))
      await storage.close()
    }),
    { numRuns: 80 },
  )
})
