import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFuzzHouse, type FuzzHouse } from './house.js'

let house: FuzzHouse
beforeAll(async () => void (house = await openFuzzHouse()))
afterAll(() => house.close())

interface Endpoint {
  readonly method: string
  readonly template: string
  readonly fields: readonly string[]
}

const verbs = ['get', 'post', 'patch', 'delete']

/** Every operation this server says it has, with the fields it says they take. */
async function endpoints(): Promise<Endpoint[]> {
  const { text } = await house.ask({ method: 'GET', target: '/v1/sys/internal/specs/openapi', token: house.rootToken })
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, any>> }
  return Object.entries(paths).flatMap(([template, operations]) =>
    verbs.filter((verb) => operations[verb]).map((verb) => {
      const schema = operations[verb].requestBody?.content?.['application/json']?.schema
      const inQuery = (operations[verb].parameters ?? []).filter((parameter: any) => parameter.in === 'query')
      return { method: verb.toUpperCase(), template, fields: [...Object.keys(schema?.properties ?? {}), ...inQuery.map(({ name }: any) => name as string)] }
    }),
  )
}

// These end the game: what they do is asked elsewhere.
const ends = [/^\/sys\/seal$/, /^\/auth\/token\/revoke/, /^\/sys\/init$/]

const name = fc.constantFrom('a', 'b', 'secret', 'plain', 'deep/er', 'telegram', 'token', 'cubbyhole', 'sys', 'root', 'default', 'mine', 'A b', '-', 'ü', '*', '1', '%', '__proto__', 'constructor', 'x'.repeat(600))

const scalar = fc.oneof(
  fc.constantFrom('', 'a', 'true', '5m', '-1', '0', '1e9', '9'.repeat(30), 'kv', 'userpass', 'root', 'default', '2', 'a,b', 'k=v', '=', 'system', 'unauth', 'secret/', 'plain', '../x', '\u0000', 'path "a" { capabilities = ["read"] }', '{"path":{}}', 'e30='),
  fc.constantFrom(0, -1, 1, 2, 1.5, 1e300, 2 ** 53, -(2 ** 53), 4_294_967_296),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const value = fc.oneof(
  { weight: 3, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.oneof(name, fc.string({ maxLength: 5 })), fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }), fc.dictionary(name, scalar, { maxKeys: 2 })), { maxKeys: 4 }) },
)

/** Fields that exist with values that may or may not do, and now and then one that does not exist. */
const inputFor = ({ fields }: Endpoint) =>
  fc.dictionary(fields.length > 0 ? fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...fields) }, { weight: 1, arbitrary: name }) : name, value, { maxKeys: 5 })

const caseFor = (endpoint: Endpoint) => fc.tuple(inputFor(endpoint), fc.array(name, { minLength: 3, maxLength: 3 }))

const filled = (template: string, names: readonly string[]) => {
  let i = 0
  return template.replace(/\{\w+\}/g, () => (names[i++] ?? 'a').split('/').map(encodeURIComponent).join('/'))
}

describe('no input that fits JSON', () => {
  it('makes any endpoint fail on a bug, hang or fall over', { timeout: 60_000 }, async () => {
    const all = (await endpoints()).filter(({ template }) => !ends.some((end) => end.test(template)))
    expect(all.length).toBeGreaterThan(60)

    const met = new Set<number>()
    for (const endpoint of all) {
      await fc.assert(
        fc.asyncProperty(caseFor(endpoint), async ([input, names]) => {
          const path = `/v1${filled(endpoint.template, names)}`
          const inBody = endpoint.method === 'POST' || endpoint.method === 'PATCH'
          const query = new URLSearchParams(Object.entries(input).map(([key, one]) => [key, typeof one === 'string' ? one : JSON.stringify(one)])).toString()
          const { status, text } = await house.ask({
            method: endpoint.method,
            target: inBody ? path : `${path}?${query}`,
            token: house.rootToken,
            ...(inBody && { body: JSON.stringify(input) }),
          })
          met.add(status)
          if (status >= 500) throw new Error(`${endpoint.method} ${path} answered ${status}: ${text}; log: ${house.log()}`)
        }),
        { numRuns: 80 },
      )
    }
    const { status } = await house.ask({ method: 'GET', target: '/v1/sys/health' })
    expect(status).toBe(200)
    // A fuzzer that is only ever refused at the gate has tried nothing.
    expect([...met]).toEqual(expect.arrayContaining([200, 204, 400, 404]))
  })
})
