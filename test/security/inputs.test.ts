import { inspect } from 'node:util'
import { openCore, plainVault, statusDeclared, type PlainVault } from '@chatelaine/core/testing'
import { fieldsOf, fill, type Handle } from '@chatelaine/sdk'
import { engines, methods } from '@chatelaine/server'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fieldNames, fullInput, offeredBy, paramsIn, sampleInput, titleOf, type Offered } from './declared.js'
import { openRawDoor, type Answer, type RawDoor } from './raw.js'

/**
 * Whatever comes in a field, the answer is no failure of the server, shows nothing of its inside and does not repeat what came. Every
 * declared operation is asked, from the list of engines that the server uses.
 */
const marker = 'zq7marker7qz'

let house: PlainVault
let door: RawDoor
const logged: unknown[] = []
const bugs = (event: unknown) => void logged.push(event)

beforeAll(async () => {
  house = await plainVault({ engines, methods })
  door = await openRawDoor(house.handle, bugs)
  const ready = async (target: string, input: object) => {
    const { status, text } = await door.ask('write', target, { token: house.root, input })
    if (status >= 300) throw new Error(`${target}: ${text}`)
  }
  await ready('sys/audit/tape', { type: 'tape' })
  await ready('sys/mounts/plain', { type: 'kv' })
  await ready('sys/mounts/versioned', { type: 'kv', options: { version: '2' } })
  await ready('sys/auth/telegram', { type: 'telegram' })
  await ready('versioned/data/known', { data: { a: 'b' } })
  await ready('auth/token/roles/known', { allowed_policies: 'a' })
})
afterAll(() => door.close())

const oddKeys = ['__proto__', 'constructor', 'prototype', 'length', 'literal', 'toString', 'toJSON', 'hasOwnProperty', 'then', '0', '', ' ', '\u0000', marker]
const numbers = ['0', '-0', '-1', '1.0', '1e2', '1.5', '1e-400', '1e400', '-1e400', '9007199254740993', '9'.repeat(400), '9223372036', '9223372037', '-9223372037']
const texts = [
  '', ' ', marker, `${marker}=`, `=${marker}`, `${marker},,${marker}`, '0', '-1', '1e3', '1h', '-5m', '1h1', '9'.repeat(400), 'system', 'null', 'true', 'T', 'on', '2030-01-01', `${marker}\u0000`,
  '\ud800', '/', '..', '*', '+', '{{', '}}', '<<', '%', '%zz', 'x'.repeat(70_000), ','.repeat(20_000), '{"a":', `path "${marker}" {`, 'a='.repeat(3000), '='.repeat(3000),
]
const deep = (mark: string) => mark.repeat(60)

/** With a key such as `__proto__` as well, which JSON may have. */
const objectOf = (entries: readonly (readonly [string, string])[]) => `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${inner}`).join(',')}}`

/** A value as JSON text, so that it may be what no object of JavaScript can hold. */
const value: fc.Arbitrary<string> = fc.letrec<{ any: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom('null', 'true', 'false', '[]', '{}', '{"length":1}', '{"length":1}', ...numbers, ...texts.map((text) => JSON.stringify(text))),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  ),
  any: fc.oneof(
    { weight: 4, arbitrary: tie('leaf') },
    fc.array(tie('any'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc.array(fc.tuple(fc.constantFrom(...oddKeys, 'version', 'cas', 'a'), tie('any')), { maxLength: 3 }).map(objectOf),
    fc.constantFrom(`[${'1,'.repeat(10_000)}1]`, `${deep('[')}${deep(']')}`, `${deep('{"a":')}1${deep('}')}`),
  ),
})).any

/** A body in which something may stand in a wrong place: beside what is declared, or inside an object that is declared. */
function body(offered: Offered): fc.Arbitrary<string> {
  const { input } = offered.operation as { input?: Parameters<typeof fieldsOf>[0] }
  const objects = fieldsOf(input).flatMap(([name, shape]) => [...fieldsOf(shape).map(([inner]) => [name, inner] as const)])
  if (objects.length === 0) return flat(offered)
  const nested = fc.tuple(fc.constantFrom(...objects), value).map(([[name, inner], one]) => {
    const rest = Object.entries(sampleInput(offered, 'known')).filter(([other]) => other !== name).map(([other, given]) => [other, JSON.stringify(given)] as const)
    return objectOf([...rest, [name, objectOf([[inner, one]])]])
  })
  return fc.oneof(flat(offered), { weight: 2, arbitrary: nested })
}

/** What is asked for, some of it replaced, some of it missing, and more than was asked for. */
function flat(offered: Offered): fc.Arbitrary<string> {
  const names = [...fieldNames(offered), ...oddKeys, 'unknown']
  const base = fc.constantFrom(sampleInput(offered, 'known'), fullInput(offered, 'known'), {})
  const changes = fc.dictionary(fc.constantFrom(...names), fc.option(value, { nil: undefined }), { minKeys: 1, maxKeys: 3, noNullPrototype: true })
  return fc.tuple(base, changes).map(([given, changed]) => {
    const fields = new Map(Object.entries(given).map(([name, one]) => [name, JSON.stringify(one)]))
    for (const [name, one] of Object.entries(changed)) if (one === undefined) fields.delete(name); else fields.set(name, one)
    return objectOf([...fields])
  })
}

const params = fc.constantFrom('known', 'known', 'plain', 'versioned', 'telegram', ...oddKeys.filter((key) => key !== ''))
const addressOf = ({ mount, path }: Offered, word: string) =>
  mount + fill(path.template, Object.fromEntries(paramsIn(path.template).map((name) => [name, encodeURIComponent(word)])))

function look(title: string, asked: string, { status, text }: Answer): void {
  const told = `${title} with ${asked.slice(0, 300)}: ${status} ${text.slice(0, 300)}`
  if (status >= 500 && !sealedStates.includes(status)) throw new Error(told)
  if (status >= 400 && /\n\s+at |node:|\.[jt]s\b|\[object |undefined|TypeError/.test(text)) throw new Error(told)
  if (status >= 400 && errorsIn(text).includes(marker) && !/no handler for route|preflight capability check/.test(text)) throw new Error(told)
  const bug = logged.splice(0).find((event) => (event as { kind?: string }).kind === 'bug')
  if (bug) throw new Error(`${told}\n${inspect(bug)}`)
}

/** What an answer calls an error; all of it where it says none. A warning may name a field that nobody declared. */
function errorsIn(text: string): string {
  const { errors, warnings } = (text.startsWith('{') ? JSON.parse(text) : {}) as { errors?: unknown; warnings?: unknown }
  return errors || !warnings ? text : ''
}

let sealedStates: readonly number[] = []

/** The same number of questions to each operation, so that one that is added is asked as much. */
const runs = 100

async function askAll(offers: readonly Offered[], { at, token, after }: { readonly at: RawDoor; readonly token: string; readonly after: () => Promise<void> }): Promise<void> {
  for (const offered of offers) {
    const { verb } = offered
    const title = titleOf(offered)
    const one = fc.asyncProperty(body(offered), params, async (asked, word) => {
      const more = verb === 'write' || verb === 'patch' ? { body: asked } : { query: JSON.parse(asked) as Record<string, unknown> }
      const address = addressOf(offered, word)
      const answer = await at.ask(verb, address, { token, ...more })
      look(title, `${asked} at ${word}`, answer)
      if (verb !== 'write' || answer.status >= 300) return
      // What was taken may do its harm later: where it is read, or where it is acted on.
      for (const target of [address, `${encodeURIComponent(word)}/x`, `auth/${encodeURIComponent(word)}/x`]) {
        look(`read ${target} after ${title}`, asked, await at.ask('read', target, { token }))
        if (target !== address) look(`write ${target} after ${title}`, asked, await at.ask('write', target, { token, input: { a: 'b', data: {} } }))
      }
    })
    await fc.assert(one.afterEach(after), { numRuns: runs })
  }
}

// Thousands of requests, which a busy machine takes its time for.
describe('an operation that is declared', { timeout: 600_000 }, () => {
  it('takes anything at all for what it is, refuses it in words of its own, or is asked for what is not there', async () => {
    const before = await house.contents()
    let at = await house.revision()
    const after = async () => {
      if ((await house.revision()) === at) return
      await house.restore(before)
      at = await house.revision()
    }

    await askAll(offeredBy(await house.declared()), { at: door, token: house.root, after })

    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('goes on after a header of any name is audited', async () => {
    const before = await house.contents()
    for (const name of ['constructor', 'tostring', 'length']) {
      const written = await door.ask('write', `sys/config/auditing/request-headers/${name}`, { token: house.root, input: { hmac: true } })
      const asked = await door.ask('read', 'versioned/data/known', { token: house.root, headers: { 'X-Other': 'a' } })
      expect([written.status, asked.status], name).toEqual([204, 200])
    }
    await house.restore(before)
  })

  it('does so in any state of the vault', async () => {
    sealedStates = [501, 503]
    const [sealed, open] = [await openCore(), await openCore()]
    await sealed.core.seal()
    for (const { core, root } of [sealed, open]) {
      const handle: Handle = (request) => core.handle(request)
      const at = await openRawDoor(handle, bugs)
      await askAll(offeredBy([{ address: 'sys/', engine: statusDeclared }]), { at, token: root, after: async () => undefined })
      await at.close()
    }
  })

  it('says of every field what it takes, but for those that keep whatever they are given', async () => {
    const open = offeredBy([...(await house.declared()), { address: 'sys/', engine: statusDeclared }]).flatMap((offered) => {
      const { input } = offered.operation as { input?: Parameters<typeof fieldsOf>[0] }
      return anythings(input).map((field) => `${titleOf(offered)}${field}`)
    })

    expect(open.sort()).toEqual([
      'patch versioned/data/{path+} data', 'write cubbyhole/{path*}', 'write plain/{path+}', 'write sys/wrapping/wrap', 'write versioned/data/{path+} data',
    ])
  })
})

type Declared = { readonly type?: string; readonly anyOf?: readonly Declared[]; readonly items?: Declared; readonly properties?: object; readonly patternProperties?: Record<string, Declared> }

/** The places of a schema where anything may stand. */
function anythings(schema: unknown, at = ''): string[] {
  if (schema === undefined) return []
  const { type, anyOf, items, properties, patternProperties } = schema as Declared
  if (properties) return Object.entries(properties).flatMap(([name, inner]) => anythings(inner, `${at} ${name}`))
  const inner = [...(anyOf ?? []), ...(items ? [items] : []), ...Object.values(patternProperties ?? {})]
  if (inner.length > 0) return inner.flatMap((one) => anythings(one, at))
  return type === undefined || type === 'object' || type === 'array' ? [at] : []
}
