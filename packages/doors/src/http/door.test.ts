import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { defineErrors, RawNumber, type Request, type Response } from '@chatelaine/sdk'
import { answering, ask, openDoor, talk, type Opened } from '../testing/wire.js'

const SomeError = defineErrors('some', { teapot: { status: 418, text: () => 'short and stout' } })
const json = (text: string) => JSON.parse(text) as unknown

let opened: Opened
let answer: (request: Request) => Promise<Response>

beforeAll(async () => {
  opened = await openDoor((request) => answer(request))
})

afterAll(() => opened.door.close())

beforeEach(() => {
  answer = async () => answering()
  opened.seen.length = 0
  opened.events.length = 0
})

/** The one request the Vault saw. */
async function seen(...asked: Parameters<typeof ask> extends [unknown, ...infer Rest] ? Rest : never): Promise<Request> {
  const got = await ask(opened.door, ...asked)
  expect(got.status, got.text).toBe(200)
  expect(opened.seen).toHaveLength(1)
  return opened.seen[0] as Request
}

async function refused(...asked: Parameters<typeof ask> extends [unknown, ...infer Rest] ? Rest : never) {
  const { status, text, headers } = await ask(opened.door, ...asked)
  expect(opened.seen).toEqual([])
  expect(headers['content-type']).toBe('application/json')
  return { status, errors: (json(text) as { errors: string[] }).errors }
}

describe('verbs', () => {
  it.each([
    ['GET', 'read', 'a'],
    ['HEAD', 'read', 'a'],
    ['LIST', 'list', 'a/'],
    ['POST', 'write', 'a'],
    ['PUT', 'write', 'a'],
    ['DELETE', 'delete', 'a'],
  ])('%s is %s', async (method, verb, path) => {
    expect(await seen('/v1/a', { method })).toMatchObject({ verb, path })
  })

  it('takes PATCH for a patch when its body is a merge patch, and answers 415 otherwise', async () => {
    const patch = { method: 'PATCH', body: '{}' }
    expect(await refused('/v1/a', patch)).toMatchObject({ status: 415 })
    expect(await refused('/v1/a', { ...patch, headers: { 'content-type': 'application/json' } })).toMatchObject({ status: 415 })
    const headers = { 'content-type': 'application/merge-patch+json; charset=utf-8' }
    expect(await seen('/v1/a', { ...patch, headers })).toMatchObject({ verb: 'patch' })
  })

  it.each(['OPTIONS', 'TRACE', 'LINK', 'PROPFIND'])('answers %s with a bare 405', async (method) => {
    expect(await refused('/v1/a', { method })).toEqual({ status: 405, errors: [] })
  })

  it.each(['SCAN /v1/a', 'HELP /v1/a', 'CONNECT a:1'])('answers %s, which its parser takes for no request, with a bare 405', async (line) => {
    const got = await talk(opened.door, `${line} HTTP/1.1\r\nHost: a\r\n\r\n`)
    expect(got).toMatch(/^HTTP\/1.1 405 .*\r\n\r\n\{"errors":\[\]\}\n$/s)
  })

  it('answers HEAD with the head alone', async () => {
    const [got, whole] = [await ask(opened.door, '/v1/a', { method: 'HEAD' }), await ask(opened.door, '/v1/a')]
    expect([got.status, got.text]).toEqual([200, ''])
    expect(got.headers['content-length']).toBe(String(whole.text.length))
  })
})

describe('the query', () => {
  it.each(['true', '1', 't', 'T', 'TRUE', 'True'])('turns a GET with list=%s into a list, and is not data', async (flag) => {
    expect(await seen(`/v1/a?list=${flag}&after=b`)).toMatchObject({ verb: 'list', path: 'a/', input: { after: 'b' } })
  })

  it.each(['false', '0', 'F', ''])('leaves a GET with list=%s a read', async (flag) => {
    expect(await seen(`/v1/a?list=${flag}`)).toMatchObject({ verb: 'read', path: 'a', input: {} })
  })

  it.each(['yes', '2', 'tRUE', 'true&list=true'])('is refused with list=%s', async (flag) => {
    expect(await refused(`/v1/a?list=${flag}`)).toMatchObject({ status: 400 })
  })

  it('asks for help', async () => {
    expect(await seen('/v1/a?help=1')).toMatchObject({ help: true, verb: 'read', input: {} })
  })

  it('is the data of GET, DELETE and LIST: strings, and lists where a name is repeated', async () => {
    const query = '/v1/a?v=2&n=a&n=b&n=c&empty=&bare&plus=a+b%2Bc'
    const input = { v: '2', n: ['a', 'b', 'c'], empty: '', bare: '', plus: 'a b+c' }
    for (const method of ['GET', 'DELETE', 'LIST']) {
      expect((await seen(query, { method })).input).toEqual(input)
      opened.seen.length = 0
    }
  })

  it('is not the data of a write', async () => {
    expect((await seen('/v1/a?b=c', { method: 'POST', body: '{"d":1}' })).input).toEqual({ d: 1 })
  })

  it('makes properties of names that mean something to JavaScript', async () => {
    const { input } = await seen('/v1/a?__proto__=x&constructor=y')
    expect(Object.entries(input)).toEqual([['__proto__', 'x'], ['constructor', 'y']])
    expect(Object.getPrototypeOf(input)).toBe(Object.prototype)
  })

  it.each(['a=%', '%zz=1', 'a=%ff'])('is refused when its escapes are bad: %s', async (query) => {
    expect(await refused(`/v1/a?${query}`)).toMatchObject({ status: 400 })
  })
})

describe('paths', () => {
  it.each(['/', '/ui', '/v1/', '/v2/a'])('answers %s with a bare 404', async (path) => {
    expect(await refused(path)).toEqual({ status: 404, errors: [] })
  })

  const dots = ['/v1/a/../b', '/v1/a/%2e%2e/b', '/v1/../a', '/v1/a/..', '/v1/a/./b', '/v1/a/%2E/b', '/v1/./a', '/v1/a/.']
  it.each([...dots, '/v1/a%2F%2Fb', '/v1/a%00', '/v1/%zz', '/v1//..//a'])('refuses %s', async (path) => {
    expect(await refused(path, { method: 'LIST' })).toMatchObject({ status: 400, errors: [expect.stringContaining('path')] })
  })

  const doubled = [
    ['/v1/a//b', '/v1/a/b'], ['/v1//a', '/v1/a'], ['/v1/a//', '/v1/a/'], ['//v1/a', '/v1/a'], ['///v1///a//b//?list=true&after=%2F', '/v1/a/b/?list=true&after=%2F'],
  ] as const
  it.each(doubled)('sends who asks for %s to %s', async (path, clean) => {
    for (const method of ['GET', 'HEAD', 'LIST']) {
      const { status, headers } = await ask(opened.door, path, { method })
      expect([status, headers.location]).toEqual([307, clean])
    }
    expect(opened.seen).toEqual([])
  })

  it.each(doubled)('refuses who would write to %s', async (path) => {
    const patch = { 'content-type': 'application/merge-patch+json' }
    for (const asked of [{ method: 'POST', body: '{}' }, { method: 'PUT' }, { method: 'PATCH', body: '{}', headers: patch }, { method: 'DELETE' }]) {
      expect(await refused(path, asked)).toMatchObject({ status: 400, errors: [expect.stringContaining('empty')] })
    }
  })

  it.each(['//evil.example/v1/a', '//', '/v1//', '//v2/a'])('sends nobody from %s, which is nowhere', async (path) => {
    expect(await refused(path)).toEqual({ status: 404, errors: [] })
  })
})

describe('headers', () => {
  it('name the token, Vault\'s own before the general one', async () => {
    const bearer = { authorization: 'Bearer b' }
    expect(await seen('/v1/a', { headers: bearer })).toMatchObject({ token: 'b' })
    opened.seen.length = 0
    expect(await seen('/v1/a', { headers: { ...bearer, 'x-vault-token': 'a' } })).toMatchObject({ token: 'a' })
    opened.seen.length = 0
    expect((await seen('/v1/a', { headers: { authorization: 'Basic Yjpj' } })).token).toBeUndefined()
  })

  it('name the namespace and the time to stay wrapped', async () => {
    const headers = { 'x-vault-namespace': 'team/', 'x-vault-wrap-ttl': '1h30m' }
    expect(await seen('/v1/a', { headers })).toMatchObject({ namespace: 'team/', wrapTtl: 5400 })
  })

  it.each(['500ms', '1ns', '.5s'])('wrap for a second where they ask for %s, which is less', async (ttl) => {
    expect(await seen('/v1/a', { headers: { 'x-vault-wrap-ttl': ttl } })).toMatchObject({ wrapTtl: 1 })
  })

  it.each(['soon', '-5', '-1h', '1x', '-500ms'])('are refused with %s as the time to stay wrapped', async (ttl) => {
    const errors = [expect.stringContaining('error parsing X-Vault-Wrap-TTL header')]
    expect(await refused('/v1/a', { headers: { 'x-vault-wrap-ttl': ttl } })).toEqual({ status: 400, errors })
  })

  it.each(['\x1b', 'a\0b', 'a\x7f', 'a\rb', 'a\n b', 'a\tb', '\xe9', '\xc3\xa9'])('are refused with %j in a token', async (token) => {
    for (const verb of ['GET', 'LIST']) {
      const got = await talk(opened.door, `${verb} /v1/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Vault-Token: ${token}\r\n\r\n`)
      expect(got).toMatch(/^HTTP\/1.1 400 Bad Request\r\n.*Content-Type: application\/json\r\n.*\{"errors":\["invalid header value"\]\}\n$/s)
    }
    expect(opened.seen).toEqual([])
  })

  it('must name the host in HTTP/1.1 and need not in 1.0', async () => {
    const [got, older] = [await talk(opened.door, 'GET /v1/a HTTP/1.1\r\nConnection: close\r\n\r\n'), await talk(opened.door, 'GET /v1/a HTTP/1.0\r\n\r\n')]
    expect(got).toMatch(/^HTTP\/1.1 400 .*\{"errors":\["malformed HTTP request"\]\}\n$/s)
    expect(older).toMatch(/^HTTP\/1.1 200 /)
  })

  it('may expect what nobody knows', async () => {
    expect(await seen('/v1/a', { headers: { expect: 'the-impossible' } })).toMatchObject({ path: 'a' })
  })

  it('say where a request came from', async () => {
    const request = await seen('/v1/a', { headers: { 'X-Custom': 'c' } })
    expect(request).toMatchObject({ remote: { address: '127.0.0.1', port: expect.any(Number) }, headers: { 'x-custom': 'c' } })
  })

  it('may have to say that the client is one of Vault\'s', async () => {
    const { door } = await openDoor(undefined, { requireRequestHeader: true })
    const [without, withIt] = [await ask(door, '/v1/a'), await ask(door, '/v1/a', { headers: { 'X-Vault-Request': 'true' } })]
    await door.close()
    expect([without.status, withIt.status]).toEqual([412, 200])
  })
})

describe('bodies', () => {
  const post = (body: string | Uint8Array, contentType = 'application/json') =>
    ['/v1/a', { method: 'POST', body, headers: { 'content-type': contentType } }] as const
  const input = async (...body: Parameters<typeof post>) => (await seen(...post(...body))).input

  it('are JSON objects, whatever they call themselves', async () => {
    expect(await input('{"a":{"b":[1,"2",null]}}', 'text/plain')).toEqual({ a: { b: [1, '2', null] } })
  })

  it('may be empty or null', async () => {
    expect(await input('')).toEqual({})
    opened.seen.length = 0
    expect(await input('null')).toEqual({})
  })

  it('keep numbers as they were written', async () => {
    expect(await input('{"a":12345678901234567890,"b":1.0}')).toEqual({ a: new RawNumber('12345678901234567890'), b: new RawNumber('1.0') })
  })

  it('keep NUL and other characters JSON escapes', async () => {
    expect(await input('{"a":"\\u0000\\n","é":"€"}')).toEqual({ a: '\0\n', é: '€' })
  })

  it('give the last of a repeated name, and own properties for every name', async () => {
    const value = await input('{"a":1,"a":2,"__proto__":{"admin":true}}')
    expect(Object.keys(value)).toEqual(['a', '__proto__'])
    expect(value['a']).toBe(2)
    expect('admin' in value).toBe(false)
  })

  it('may be forms, which curl also calls JSON', async () => {
    const form = 'application/x-www-form-urlencoded'
    expect(await input('a=b+c&d=1&d=2', form)).toEqual({ a: 'b c', d: ['1', '2'] })
    opened.seen.length = 0
    expect(await input(' {"a":"b=c&d"}', form)).toEqual({ a: 'b=c&d' })
    opened.seen.length = 0
    expect(await refused(...post('a=%', form))).toMatchObject({ status: 400 })
  })

  it.each(['{', '[1]', '"hunter2"', '1', '1.50', 'true', 'hunter2', '{"a":hunter2}', '{} {}', '\ufeff{}'])('are refused as %j, and not repeated', async (body) => {
    const { status, errors } = await refused(...post(body))
    expect(status).toBe(400)
    expect(errors[0]).toMatch(/^failed to parse JSON input: /)
    expect(errors[0]).not.toContain('hunter2')
  })

  it('are refused when they are not UTF-8', async () => {
    expect(await refused(...post(Buffer.from('{"a":"\xe9"}', 'latin1')))).toMatchObject({ status: 400 })
  })

  it('may be nested 300 deep and no deeper', async () => {
    const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    expect(await input(nested(300))).toHaveProperty('a')
    opened.seen.length = 0
    expect(await refused(...post(nested(301)))).toMatchObject({ status: 400 })
    expect(await refused(...post('['.repeat(1_000_000)))).toMatchObject({ status: 400 })
  })

  it.each(['GET', 'DELETE', 'LIST', 'HEAD'])('of a %s are read and ignored, and the next request is found behind them', async (method) => {
    const bytes = `${method} /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nnot JSON!GET /v1/b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    expect((await talk(opened.door, bytes)).match(/HTTP\/1.1 200/g)).toHaveLength(2)
    expect(opened.seen.map(({ path, input }) => [path.replace('/', ''), input])).toEqual([['a', {}], ['b', {}]])
  })
})

describe('answers', () => {
  it('are the envelope, with exactly the headers clients compare', async () => {
    const { status, headers, text } = await ask(opened.door, '/v1/a')
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    expect(headers['content-length']).toBe(String(text.length))
    expect(text).toMatch(/^\{"request_id":"id",.*\}\n$/)
    expect(json(text)).toMatchObject({ data: { a: 1 }, auth: null, warnings: null })
  })

  it('are 204 without a body where there is nothing to say', async () => {
    answer = async () => ({ requestId: 'id', status: 200 })
    const { status, text, headers } = await ask(opened.door, '/v1/a', { method: 'DELETE' })
    expect([status, text, headers['content-length'], headers['content-type']]).toEqual([204, '', undefined, undefined])
  })

  it.each([404, 405])('are bare where a %i has nothing to say, and the envelope where it has', async (status) => {
    answer = async () => ({ requestId: 'id', status })
    expect(await ask(opened.door, '/v1/a')).toMatchObject({ status, text: '{"errors":[]}\n' })
    answer = async () => answering({ status })
    expect(json((await ask(opened.door, '/v1/a')).text)).toMatchObject({ data: { a: 1 } })
  })

  it('give text that was kept as it was, and the headers it asks for', async () => {
    answer = async () => answering({ verbatim: 'PEM', headers: { 'content-type': 'application/pem', 'X-More': 'm' } })
    const { headers, text } = await ask(opened.door, '/v1/a')
    expect(text).toBe('PEM')
    expect(headers).toMatchObject({ 'content-type': 'application/pem', 'x-more': 'm', 'cache-control': 'no-store' })
  })

  it('count bytes, not characters', async () => {
    answer = async () => answering({ data: { a: '€' } })
    expect(json((await ask(opened.door, '/v1/a')).text)).toMatchObject({ data: { a: '€' } })
  })

  it('tell a caller what a catalogue allows', async () => {
    answer = () => Promise.reject(SomeError.teapot())
    expect(await ask(opened.door, '/v1/a')).toMatchObject({ status: 418, text: '{"errors":["short and stout"]}\n' })
    expect(opened.events).toEqual([])
  })

  it.each([
    ['a rejection', () => Promise.reject(new Error('the root key is hunter2'))],
    ['an exception', () => { throw new Error('the root key is hunter2') }],
    ['an answer that is no answer', () => Promise.resolve(undefined as unknown as Response)],
    ['a header HTTP forbids', () => Promise.resolve(answering({ headers: { a: 'b\r\nc: d' } }))],
  ])('tell nothing of a bug, and the log all of it: %s', async (_name, act) => {
    answer = act
    expect(await ask(opened.door, '/v1/a')).toMatchObject({ status: 500, text: '{"errors":["internal error"]}\n' })
    expect(opened.events).toEqual([{ kind: 'bug', error: expect.any(Error), verb: 'read', path: 'a' }])
  })

  it('are worked out one after another on one connection', async () => {
    const log: string[] = []
    answer = async ({ path }) => {
      log.push(`begin ${path}`)
      await new Promise(setImmediate)
      log.push(`end ${path}`)
      return answering({ data: { path } })
    }
    const lines = ['PUT /v1/a', 'LIST /v1/b', 'GET /v1/c'].map((line) => `${line} HTTP/1.1\r\nHost: a\r\n`)

    const got = await talk(opened.door, lines.join('\r\n') + 'Connection: close\r\n\r\n')

    expect([...got.matchAll(/"path":"(\w+)/g)].map(([, path]) => path)).toEqual(['a', 'b', 'c'])
    expect(log).toEqual(['begin a', 'end a', 'begin b/', 'end b/', 'begin c', 'end c'])
  })

  it('come before the refusal of what was sent behind them', async () => {
    answer = async () => (await new Promise(setImmediate), answering())
    const good = 'GET /v1/a HTTP/1.1\r\nHost: a\r\n\r\n'
    const got = await talk(opened.door, `${good}${good}GET /v1/b HTTP/1.1\r\nHost: a\r\nX-Vault-Token: \x1b\r\n\r\n`)
    expect(got.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400'])
  })

  it('come before the refusal of a body that breaks off', async () => {
    answer = async () => (await new Promise(setImmediate), answering())
    const chunked = 'Host: a\r\nTransfer-Encoding: chunked\r\n\r\n'
    const got = await talk(opened.door, `GET /v1/a HTTP/1.1\r\nHost: a\r\n\r\nPOST /v1/b HTTP/1.1\r\n${chunked}zz\r\n`)
    expect(got.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400'])
    expect(opened.seen.map(({ path }) => path)).toEqual(['a'])
  })

  it('are not owed to a client that sends hundreds of requests ahead', async () => {
    let release = () => undefined as void
    const held = new Promise<void>((resolve) => (release = resolve))
    answer = async () => (await held, answering())
    expect(await talk(opened.door, 'GET /v1/a HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(300))).toBe('')
    release()
    expect(opened.seen).toHaveLength(1)
  })
})
