import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import type { Admission, Request } from '@chatelaine/sdk'
import type { Limits } from './limits.js'
import { answering, ask, dial, hears, openDoor, talk, type Opened } from '../testing/wire.js'

let opened: Opened | undefined

afterEach(async () => {
  await opened?.door.close()
  opened = undefined
})

const asked: Omit<Request, 'input'>[] = []

async function open(admission: Admission, limits: Partial<Limits> = {}): Promise<Opened> {
  asked.length = 0
  const admit = async (request: Omit<Request, 'input'>) => {
    asked.push(request)
    return admission
  }
  return (opened = await openDoor(async ({ unread }) => answering({ status: unread ? 403 : 200 }), { admit, limits }))
}

const token = { 'x-vault-token': 'mine' }
const large = JSON.stringify({ a: 'x'.repeat(100_000) })

describe('a sender who may not be asked', () => {
  it('is answered by the Vault, which is not told a word of the body', async () => {
    const { door, seen } = await open('nothing')

    const got = await ask(door, '/v1/secret/a', { method: 'POST', body: '{"a":"b"}' })

    expect(got.status).toBe(403)
    expect(seen).toMatchObject([{ verb: 'write', path: 'secret/a', input: {}, unread: true }])
    expect(asked).toMatchObject([{ verb: 'write', path: 'secret/a', token: undefined }])
  })

  it('is answered before a long body has come, and then hung up on', async () => {
    const { door } = await open('nothing')
    const socket = await dial(door)
    socket.write('POST /v1/a HTTP/1.1\r\nHost: a\r\nX-Vault-Token: stolen\r\nContent-Length: 10000000\r\n\r\n{')
    await hears(socket, '\r\n\r\n{')
    socket.end()
    await once(socket, 'close')
  })

  it('keeps the connection after a short body', async () => {
    const { door } = await open('nothing')
    const one = 'POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n{"a":1}'
    const got = await talk(door, `${one}${one.replace('Host', 'Connection: close\r\nHost')}`)
    expect(got.match(/HTTP\/1.1 403/g)).toHaveLength(2)
  })

  it('may send what is no JSON: nobody reads it', async () => {
    const { door } = await open('nothing')
    expect((await ask(door, '/v1/a', { method: 'POST', body: '{"a":' })).status).toBe(403)
  })
})

describe('a sender who may be asked a little', () => {
  it('may send a small body and no larger one', async () => {
    const { door, seen } = await open('little', { openBodyBytes: 1_000 })
    expect((await ask(door, '/v1/a', { method: 'POST', body: JSON.stringify({ a: 'x'.repeat(900) }) })).status).toBe(200)
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      expect((await ask(door, '/v1/a', { method: 'POST', headers, body: large })).status).toBe(413)
    }
    expect(seen).toHaveLength(1)
  })
})

describe('a sender with a token', () => {
  it('is not looked up twice for a small body, and is for one that is not', async () => {
    const { door, seen } = await open('all')
    await ask(door, '/v1/a', { method: 'POST', headers: token, body: '{"a":1}' })
    expect(asked).toHaveLength(0)
    await ask(door, '/v1/a', { method: 'POST', headers: token, body: large })
    expect(asked).toMatchObject([{ token: 'mine' }])
    expect(seen.map(({ input }) => Object.keys(input))).toEqual([['a'], ['a']])
  })

  it('is looked up where a body does not say how long it is', async () => {
    const { door } = await open('nothing')
    const got = await ask(door, '/v1/a', { method: 'POST', headers: { ...token, 'transfer-encoding': 'chunked' }, body: '{}' })
    expect(got.status).toBe(403)
  })
})

describe('bodies together', () => {
  const begun = 'POST /v1/a HTTP/1.1\r\nHost: a\r\nX-Vault-Token: t\r\nContent-Length: 90000\r\n\r\n'
  const start = (door: Opened['door']) => dial(door).then((socket) => (socket.write(`${begun}{"a":"${'x'.repeat(60_000)}`), socket))

  it('that are begun and never finished take no more than their bound, and the one that would is told to come again', async () => {
    const { door, seen } = await open('all', { allBodiesBytes: 200_000 })
    const sockets = await Promise.all(Array.from({ length: 40 }, () => start(door)))
    // Three fit. All others hear so at once, though they have not finished.
    let refused = 0
    await new Promise<void>((resolve) => {
      for (const socket of sockets) void hears(socket, 'Retry-After: 1').then(() => (refused += 1) === 37 && resolve(), () => undefined)
    })
    expect(seen).toEqual([])
    const fitting = sockets.map((socket) => once(socket.destroy(), 'close'))
    await Promise.all(fitting)
    // What they held is free again, once the door has heard that they are gone.
    const again = () => ask(door, '/v1/a', { method: 'POST', headers: token, body: large })
    let got = await again()
    while (got.status === 429) got = await again()
    expect(got.status).toBe(200)
  })

  it('that go over their bound at the same moment are refused one by one, so that the others get through', async () => {
    const { door } = await open('all', { allBodiesBytes: 1_000_000 })
    const body = JSON.stringify({ a: 'x'.repeat(400_000) })
    const statuses = await Promise.all(Array.from({ length: 4 }, () => ask(door, '/v1/a', { method: 'POST', headers: token, body }).then(({ status }) => status)))
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(2)
  })
})

it('a short request is answered while long bodies of others are read', async () => {
  const { door } = await open('all')
  const order: string[] = []
  const lists = JSON.stringify({ a: Array.from({ length: 45 }, () => Array.from({ length: 9_000 }, () => 'b')) })
  const post = () => ask(door, '/v1/a', { method: 'POST', headers: token, body: lists }).then(({ status }) => order.push(`long ${status}`))
  const all = Array.from({ length: 5 }, post)
  // Their bodies have begun to arrive.
  while (asked.length < 5) await new Promise(setImmediate)
  await ask(door, '/v1/b').then(({ status }) => order.push(`short ${status}`))
  await Promise.all(all)
  expect(order).toEqual(['short 200', ...Array.from({ length: 5 }, () => 'long 200')])
})

describe('a form', () => {
  const form = { ...token, 'content-type': 'application/x-www-form-urlencoded' }
  const send = (body: string) => ask((opened as Opened).door, '/v1/a', { method: 'POST', headers: form, body })
  const pad = `z=${'x'.repeat(20_000)}`

  it('of any size is read as a small one is', async () => {
    const { seen } = await open('all')
    await send(`a=1&b=%C3%A9+%26&a=2&__proto__=x&c&=d&&a=3&${pad}`)
    await send('a=1&b=%C3%A9+%26&a=2&__proto__=x&c&=d&&a=3')
    const [{ z, ...long } = {}, short] = seen.map(({ input }) => input)
    expect(z).toHaveLength(20_000)
    expect(Object.entries(long)).toEqual(Object.entries(short ?? {}))
  })

  it.each([
    ['names', Array.from({ length: 10_001 }, (_, i) => `a${i}=`).join('&')],
    ['values of one name', 'a=&'.repeat(10_001)],
    ['in one value', `a=${'x'.repeat(1_048_577)}`],
    ['in one name', 'x'.repeat(1_048_577)],
  ])('with too much is refused: %s', async (_, body) => {
    const { seen } = await open('all')
    expect(await send(body)).toMatchObject({ status: 400, text: expect.stringMatching(/failed to parse form data: JSON .* exceeds allowed/) })
    expect(seen).toEqual([])
  })

  it.each(['a=%', 'a=%ff', '%zz=1'])('with a bad escape is refused: %s', async (bad) => {
    await open('all')
    expect((await send(`${pad}&${bad}`)).status).toBe(400)
    expect((await send(bad)).status).toBe(400)
  })

  it('that looks like JSON is JSON, of any size', async () => {
    const { seen } = await open('all')
    await send(` \n{"a":"${'x'.repeat(20_000)}"}`)
    expect(seen[0]?.input).toEqual({ a: 'x'.repeat(20_000) })
  })
})

describe('a query', () => {
  it('has no more parameters than any request needs', async () => {
    const { door } = await open('all')
    expect((await ask(door, `/v1/a?${'a&'.repeat(900)}`)).status).toBe(200)
    expect((await ask(door, `/v1/a?${'a&'.repeat(1_100)}`)).status).toBe(400)
  })
})

describe('an answer', () => {
  it.each([204, 205, 304])('with status %i has no body, whatever the Vault says', async (status) => {
    opened = await openDoor(async () => answering({ status }))
    const got = await talk(opened.door, 'GET /v1/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(got.split('\r\n\r\n')[1]).toBe('')
  })

  it.each([100, 101, 103, 199, 600, 0, NaN])('with status %d is a bug, and told as one', async (status) => {
    opened = await openDoor(async () => answering({ status }))
    expect(await ask(opened.door, '/v1/a')).toMatchObject({ status: 500, text: '{"errors":["internal error"]}\n' })
    expect(opened.events).toMatchObject([{ kind: 'bug' }])
  })

  it('of any size is what a small one is, with its length said', async () => {
    const data = { list: Array.from({ length: 3_000 }, (_, i) => `é${i}`), text: '😀'.repeat(50_000) }
    opened = await openDoor(async () => answering({ data }))
    const got = await ask(opened.door, '/v1/a')
    expect(got.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(got.text)) })
    expect(JSON.parse(got.text)).toMatchObject({ request_id: 'id', data })
    expect((await ask(opened.door, '/v1/a', { method: 'HEAD' })).headers['content-length']).toBe(got.headers['content-length'])
  })
})
