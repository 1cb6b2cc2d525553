import { memoryStorage, type Storage } from '@chatelaine/sdk'
import { mounted } from '@chatelaine/sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kvV2 } from './index.js'

/**
 * Version 2 as Vault's documentation tells it, in plain maps and without storage: what any sequence of requests is
 * judged by.
 */
interface ModelVersion {
  data: object
  deletion: number | undefined
  destroyed: boolean
}
interface ModelSecret {
  current: number
  oldest: number
  max: number
  cas: boolean
  after: number
  versions: Map<number, ModelVersion>
}
type Answer = number | string | undefined

class Model {
  readonly secrets = new Map<string, ModelSecret>()
  readonly config = { max: 0, cas: false, after: 0 }
  now = 0

  #secret(path: string) {
    return this.secrets.get(path) ?? { current: 0, oldest: 0, max: 0, cas: false, after: 0, versions: new Map() }
  }

  #deletion(secret: ModelSecret) {
    const lives = [this.config.after, secret.after].filter((life) => life !== 0).sort((a, b) => a - b)
    return this.config.after < 0 || lives[0] === undefined ? undefined : this.now + lives[0]
  }

  gone = ({ destroyed, deletion = Infinity }: ModelVersion) => destroyed || deletion <= this.now

  #refused(secret: ModelSecret, cas: number | undefined): Answer {
    if (cas !== undefined) return cas === secret.current ? undefined : 'kv.casMismatch'
    return this.config.cas || secret.cas ? 'kv.casRequired' : undefined
  }

  #add(path: string, secret: ModelSecret, data: object): Answer {
    secret.current += 1
    secret.versions.set(secret.current, { data, deletion: this.#deletion(secret), destroyed: false })
    const keep = Math.max(secret.max, this.config.max) || 10
    if (secret.current - secret.oldest >= keep) {
      for (let n = 0; n <= secret.current - keep; n++) secret.versions.delete(n)
      secret.oldest = secret.current - keep + 1
    }
    this.secrets.set(path, secret)
    return secret.current
  }

  write(path: string, data: object, cas?: number): Answer {
    const secret = this.#secret(path)
    return this.#refused(secret, cas) ?? this.#add(path, secret, data)
  }

  patch(path: string, data: object, cas?: number): Answer {
    const secret = this.secrets.get(path)
    if (!secret) return '404'
    const refused = this.#refused(secret, cas)
    const version = secret.versions.get(secret.current)
    if (refused) return refused
    return !version || this.gone(version) ? '404' : this.#add(path, secret, { ...version.data, ...data })
  }

  change(path: string, numbers: number[], change: (version: ModelVersion, secret: ModelSecret) => void): Answer {
    const secret = this.secrets.get(path)
    for (const n of numbers) {
      const version = secret?.versions.get(n)
      if (secret && version && !version.destroyed) change(version, secret)
    }
    return undefined
  }

  delete = (path: string, numbers: number[]) =>
    this.change(path, numbers, (version) => void (this.gone(version) || (version.deletion = this.now)))

  undelete = (path: string, numbers: number[]) =>
    this.change(path, numbers, (version, secret) => void (version.deletion = this.#deletion(secret)))

  destroy = (path: string, numbers: number[]) =>
    this.change(path, numbers, (version) => void (version.destroyed = true))

  settings(path: string, given: Partial<Pick<ModelSecret, 'max' | 'cas' | 'after'>>): Answer {
    this.secrets.set(path, Object.assign(this.#secret(path), given))
    return undefined
  }
}

const paths = ['a', 'a/b', 'c']
const epoch = Date.parse('2030-01-01T00:00:00Z')

function open(storage: Storage) {
  const model = new Model()
  const kv = mounted(kvV2, { storage, now: () => new Date(epoch + model.now * 1000) })
  return { model, kv }
}
type World = ReturnType<typeof open>

/** One request, made of both: what the model answers must be what the engine answers. */
type Step = (world: World) => Promise<void>

async function answerOf(asked: ReturnType<World['kv']['ask']>): Promise<Answer> {
  try {
    const fields = (await asked)?.fields
    return fields?.status === 404 ? '404' : (fields?.data?.['version'] as number | undefined)
  } catch (error) {
    return (error as { code: string }).code
  }
}

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const at = fc.constantFrom(...paths)
const data = fc.dictionary(fc.constantFrom('x', 'y', '__proto__'), fc.nat(9), { noNullPrototype: true })
const cas = some(fc.nat(4))
const numbers = fc.array(fc.nat(6), { minLength: 1, maxLength: 3 })
const limits = fc.record({ max: some(fc.nat(3)), cas: some(fc.boolean()), after: some(fc.constantFrom(0, 5, 20)) })
const mountLimits = fc.record({
  max: some(fc.nat(3)), cas: some(fc.boolean()), after: some(fc.constantFrom(-1, 0, 5, 20)),
})

const defined = (given: object) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
const onWire = ({ max, cas, after }: { max?: unknown; cas?: unknown; after?: unknown }) =>
  defined({ max_versions: max, cas_required: cas, delete_version_after: after })

const writing = (verb: 'write' | 'patch') =>
  fc.tuple(at, data, cas).map(([path, data, cas]): Step => async ({ model, kv }) => {
    const asked = answerOf(kv.ask(verb, `data/${path}`, { data, options: defined({ cas }) }))
    expect(await asked).toBe(model[verb](path, data, cas))
  })

const naming = (what: 'delete' | 'undelete' | 'destroy') =>
  fc.tuple(at, numbers).map(([path, versions]): Step => async ({ model, kv }) => {
    expect(await answerOf(kv.ask('write', `${what}/${path}`, { versions }))).toBe(model[what](path, versions))
  })

const deleting = at.map((path): Step => async ({ model, kv }) => {
  await kv.ask('delete', `data/${path}`)
  model.delete(path, [model.secrets.get(path)?.current ?? 0])
})

const setting = fc.tuple(at, limits).map(([path, given]): Step => async ({ model, kv }) => {
  if (Object.keys(defined(given)).length > 0) model.settings(path, defined(given))
  await kv.ask('write', `metadata/${path}`, onWire(given))
})

const configuring = mountLimits.map((given): Step => async ({ model, kv }) => {
  Object.assign(model.config, defined(given))
  await kv.ask('write', 'config', onWire(given))
})

const forgetting = at.map((path): Step => async ({ model, kv }) => {
  model.secrets.delete(path)
  await kv.ask('delete', `metadata/${path}`)
})

const waiting = fc.integer({ min: 1, max: 10 }).map((seconds): Step => async ({ model }) => void (model.now += seconds))

const step = fc.oneof(
  { weight: 6, arbitrary: writing('write') },
  { weight: 3, arbitrary: writing('patch') },
  { weight: 2, arbitrary: fc.oneof(naming('delete'), naming('undelete'), naming('destroy')) },
  { weight: 1, arbitrary: deleting },
  { weight: 1, arbitrary: setting },
  { weight: 1, arbitrary: configuring },
  { weight: 1, arbitrary: forgetting },
  { weight: 2, arbitrary: waiting },
)

async function expectAgreement({ model, kv }: World, storage: Storage): Promise<void> {
  for (const path of paths) {
    const secret = model.secrets.get(path)
    const about = await kv.read('metadata/{path+}', { path })
    expect(about && [about.current_version, about.oldest_version]).toEqual(secret && [secret.current, secret.oldest])
    expect(Object.keys(about?.versions ?? {}).map(Number)).toEqual([...(secret?.versions.keys() ?? [])])
    for (const number of [0, 1, 2, 3, 4, 5, 6]) {
      const version = secret?.versions.get(number || secret.current)
      const expected = version && { data: model.gone(version) ? null : version.data, destroyed: version.destroyed }
      const found = await kv.read('data/{path+}', { path }, { version: number })
      expect(found && { data: found.data, destroyed: found.metadata.destroyed }).toEqual(expected)
    }
  }
  const versions = [...model.secrets.values()].flatMap((secret) => [...secret.versions.values()])
  expect(await countUnder(storage, 'versions/')).toBe(versions.filter(({ destroyed }) => !destroyed).length)
}

async function countUnder(storage: Storage, prefix: string): Promise<number> {
  const names = await storage.list(prefix)
  const counts = await Promise.all(names.map((name) => (name.endsWith('/') ? countUnder(storage, prefix + name) : 1)))
  return counts.reduce((sum: number, count) => sum + count, 0)
}

describe('kv version 2', () => {
  it('answers any sequence of requests as the model does, and keeps no value the model does not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const storage = memoryStorage()
        const world = open(storage)
        for (const each of steps) {
          await each(world)
          await expectAgreement(world, storage)
        }
      }),
      { numRuns: 60 },
    )
  })
})
