import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import type { Handle, Request } from '@chatelaine/sdk'
import type { Limits } from './limits.js'
import { HttpError } from '../errors.js'
import { answering, ask, dial, heard, hears, openDoor, talk, type Opened } from '../testing/wire.js'

let opened: Opened | undefined

afterEach(async () => {
  await opened?.door.close()
  opened = undefined
})

const open = async (limits: Partial<Limits>, handle?: Handle) => (opened = await openDoor(handle, { limits }))
const get = (path: string) => `GET /v1/${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const errors = (sentence: string) => `\r\n\r\n${JSON.stringify({ errors: [sentence] })}\n`

/** A handle that answers when told to, and a promise of the request it was given. */
function held() {
  let [arrive, answer] = [(_: Request) => undefined as void, () => undefined as void]
  const request = new Promise<Request>((resolve) => (arrive = resolve))
  const answered = new Promise<void>((resolve) => (answer = resolve))
  const handle: Handle = async (given) => {
    arrive(given)
    await answered
    return answering()
  }
  return { handle, request, answer: () => answer() }
}

describe('a body over the limit', () => {
  it('is refused by its length alone, before it is sent', async () => {
    const { door, seen } = await open({ bodyBytes: 10 })
    const socket = await dial(door)
    socket.write('POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n')
    await hears(socket, errors('http: request body too large'))
    socket.end('x'.repeat(11))
    await once(socket, 'close')
    expect(seen).toEqual([])
  })

  it('is refused when it is seen to be, and its sender hears so though it sends on', async () => {
    const { door, seen } = await open({ bodyBytes: 1_000_000 })
    const body = Buffer.from(`{"a":"${'x'.repeat(1_500_000)}`)
    const head = 'POST /v1/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
    const chunk = `${body.length.toString(16)}\r\n${body.toString('latin1')}\r\n0\r\n\r\n`
    const got = await talk(door, head + chunk)
    expect(got).toMatch(/^HTTP\/1.1 413 .*Connection: close/s)
    expect(got).toContain(errors('http: request body too large'))
    expect(seen).toEqual([])
  })

  it('may be any verb\'s', async () => {
    const { door } = await open({ bodyBytes: 10 })
    for (const method of ['GET', 'LIST', 'DELETE']) {
      expect(await talk(door, `${method} /v1/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 11\r\n\r\n${'x'.repeat(11)}`)).toMatch(/^HTTP\/1.1 413/)
    }
  })

  it('is not waited for without end', async () => {
    const { door } = await open({ bodyBytes: 1_000 })
    const socket = await dial(door)
    const text = heard(socket)
    socket.write('POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n')
    const more = setInterval(() => socket.write('x'.repeat(1_000)), 1)
    expect(await text).toMatch(/^HTTP\/1.1 413/)
    clearInterval(more)
  })

  it('is one byte longer than one at it', async () => {
    const { door } = await open({ bodyBytes: 8 })
    const post = { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }
    expect((await ask(door, '/v1/a', { ...post, body: '{"a": 1}' })).status).toBe(200)
    expect((await ask(door, '/v1/a', { ...post, body: '{"a": 12}' })).status).toBe(413)
  })
})

describe('slow and broken clients', () => {
  it('are told when a head is too large', async () => {
    const { door } = await open({ headerBytes: 1_000 })
    const got = await talk(door, `LIST /v1/a HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(2_000)}\r\n\r\n`)
    expect(got).toMatch(/^HTTP\/1.1 431 /)
  })

  it.each(['', 'GET /v1/a HTTP/1.1\r\nHost:', 'LI', 'LIS', 'LIST /v1/a'])('are told when a head does not arrive: %j', async (start) => {
    const { door } = await open({ headersMs: 50 })
    expect(await talk(door, start)).toMatch(/^HTTP\/1.1 408 .*did not arrive in time/s)
  })

  it('are told when a body does not arrive', async () => {
    const { door, seen } = await open({ headersMs: 40, requestMs: 50 })
    expect(await talk(door, 'POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n{')).toMatch(/^HTTP\/1.1 408 /)
    expect(seen).toEqual([])
  })

  it('are cut when they send nothing more', async () => {
    const { door } = await open({ idleMs: 50 })
    expect(await talk(door, get('a'))).toMatch(/^HTTP\/1.1 200 /)
  })

  it('abort their request by hanging up', async () => {
    const { handle, request, answer } = held()
    const { door, events } = await open({}, handle)
    const socket = await dial(door)
    socket.write(get('a'))
    const { signal } = await request
    expect(signal?.aborted).toBe(false)

    socket.destroy()

    await once(signal as AbortSignal, 'abort')
    answer()
    expect(events).toEqual([])
  })

  it('are answered when they end their side and read on', async () => {
    const { handle, request, answer } = held()
    const { door } = await open({}, handle)
    const socket = await dial(door)
    const text = heard(socket)
    socket.end(get('a'))
    await once((await request).signal as AbortSignal, 'abort')
    answer()
    expect(await text).toMatch(/^HTTP\/1.1 200 .*Connection: close/s)
  })

  it('leave nothing behind when they end their side in the middle', async () => {
    const { door, seen } = await open({})
    for (const part of ['G', 'LIS', 'POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{']) {
      const socket = await dial(door)
      const text = heard(socket)
      socket.end(part)
      expect(await text).toMatch(/^HTTP\/1.1 400 /)
    }
    expect(seen).toEqual([])
  })

  it('are turned away when there are too many', async () => {
    const { door } = await open({ connections: 1 })
    const first = await dial(door)
    first.write(get('a'))
    await hears(first, '200 OK')

    const second = await dial(door)

    expect(await heard(second)).toBe('')
    first.destroy()
  })
})

describe('a Vault that takes too long', () => {
  it('is answered for and told to stop, and what it says later is not heard', async () => {
    const { handle, request, answer } = held()
    const { door, events } = await open({ handleMs: 20 }, handle)
    const got = ask(door, '/v1/a')
    const { signal } = await request

    expect(await got).toMatchObject({ status: 500, text: '{"errors":["context deadline exceeded"]}\n' })
    expect(signal?.reason).toSatisfy(HttpError.deadlineExceeded.is)
    answer()
    expect(events).toEqual([])
  })
})

describe('closing', () => {
  it('answers what was begun, cuts what is idle at once, and accepts no more', async () => {
    const { handle, request, answer } = held()
    const { door } = await openDoor(({ path, ...rest }) => (path === 'slow' ? handle({ path, ...rest }) : Promise.resolve(answering())))
    const [silent, idle, busy] = [await dial(door), await dial(door), await dial(door)]
    idle.write(get('a'))
    await hears(idle, '200 OK')
    busy.write(get('slow'))
    await request

    const closed = door.close({ graceMs: 60_000 })
    expect(await Promise.all([heard(silent), heard(idle)])).toEqual(['', ''])
    answer()
    const text = await heard(busy)
    await closed

    expect(text).toMatch(/^HTTP\/1.1 200 .*Connection: close/s)
    await expect(ask(door, '/v1/a')).rejects.toThrow('ECONNREFUSED')
  })

  it('cuts the rest when the time is over, and may be asked for twice', async () => {
    const { handle, request } = held()
    const { door } = await openDoor(handle)
    const socket = await dial(door)
    socket.write(get('a'))
    const { signal } = await request
    const [aborted, text] = [once(signal as AbortSignal, 'abort'), heard(socket)]

    await Promise.all([door.close({ graceMs: 20 }), door.close(), aborted])

    expect(await text).toBe('')
  })
})
