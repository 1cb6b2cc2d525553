import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, openDoor, talk, type Opened } from '../testing/wire.js'

const valid = [
  'GET /v1/secret/a?b=c HTTP/1.1\r\nHost: a\r\nX-Vault-Token: t\r\nX-Vault-Wrap-TTL: 5m\r\n\r\n',
  'LIST /v1/secret/ HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\n\r\n',
  'POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\n\r\n{"a":[1.5,{"b":0}',
  'PUT /v1/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{"a":1}\r\n0\r\n\r\n',
  'PATCH /v1/a HTTP/1.1\r\nHost: a\r\nContent-Type: application/merge-patch+json\r\nContent-Length: 2\r\n\r\n{}',
  'POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=%41&b',
  'HEAD /v1/%61 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
]
const change = fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(3), fc.uint8Array({ maxLength: 4 }))
const damaged = fc.tuple(fc.array(fc.constantFrom(...valid), { minLength: 1, maxLength: 3 }), fc.array(change, { maxLength: 4 })).map(
  ([parts, changes]) =>
    changes.reduce((bytes, [at, drop, put]) => {
      const i = Math.floor(at * bytes.length)
      return Buffer.concat([bytes.subarray(0, i), put, bytes.subarray(i + drop)])
    }, Buffer.from(parts.join(''), 'latin1')),
)

/** Takes a stream of answers apart by their own lengths. Undefined when it is not one. */
function statuses(text: string): number[] | undefined {
  const found: number[] = []
  for (let rest = text; rest !== ''; ) {
    const head = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n(?:[\w-]+: [^\r\n]*\r\n)*\r\n/.exec(rest)
    if (!head) return undefined
    const length = Number(/\r\nContent-Length: (\d+)/.exec(head[0])?.[1] ?? 0)
    found.push(Number(head[1]))
    const after = rest.slice(head[0].length)
    // Only the answer to HEAD says a length and has no body.
    rest = after.startsWith('HTTP/1.1 ') || after === '' ? after : after.slice(length)
  }
  return found
}

describe('the door, given bytes of any kind', () => {
  let opened: Opened
  let failures: unknown[]
  const note = (error: unknown) => failures.push(error)

  beforeAll(async () => {
    failures = []
    process.on('uncaughtException', note).on('unhandledRejection', note)
    opened = await openDoor(undefined, { limits: { headersMs: 60, requestMs: 60, idleMs: 20, bodyBytes: 1_000 } })
  })

  afterAll(async () => {
    await opened.door.close()
    process.off('uncaughtException', note).off('unhandledRejection', note)
  })

  const survives = async (streams: readonly Uint8Array[]) => {
    const got = await Promise.all(streams.map((bytes) => talk(opened.door, bytes)))
    for (const text of got) expect(statuses(text), JSON.stringify(text)).toBeDefined()
    expect(got.flatMap((text) => statuses(text) ?? []).every((status) => status < 500)).toBe(true)
    expect(opened.events.filter(({ kind }) => kind === 'bug')).toEqual([])
    expect(failures).toEqual([])
  }
  // Node waits a second longer than told before it cuts an idle connection: many streams share that second.
  const many = (bytes: fc.Arbitrary<Uint8Array>) => fc.array(bytes, { minLength: 50, maxLength: 50, size: 'max' })

  it('hangs up on random bytes', async () => {
    const random = many(fc.uint8Array({ minLength: 1, maxLength: 200 }))
    await fc.assert(fc.asyncProperty(random, survives), { numRuns: 3, endOnFailure: true })
    expect((await ask(opened.door, '/v1/a')).status).toBe(200)
  })

  it('answers damaged requests with whole answers, then hangs up', async () => {
    await fc.assert(fc.asyncProperty(many(damaged), survives), { numRuns: 8, endOnFailure: true })
    expect((await ask(opened.door, '/v1/a')).status).toBe(200)
  })

  it('hands on nothing but requests in form', () => {
    for (const { path, input, token = '' } of opened.seen) {
      expect(path).not.toMatch(/^\/|\/\/|(^|\/)\.{1,2}(\/|$)|\p{Cc}/u)
      expect(Object.getPrototypeOf(input)).toBe(Object.prototype)
      expect(token).toMatch(/^[\x20-\x7e]*$/)
    }
  })
})
