import { defineErrors } from '@chatelaine/sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { localDoor } from '../local.js'
import { answering, ask, dial, openDoor, talk, type Opened } from '../testing/wire.js'
import type { DoorOptions } from './door.js'

const SomeError = defineErrors('some', { teapot: { status: 418, text: () => 'short and stout' } })
const headers = { 'Content-Type': 'application/octet-stream' }

const opened: Opened[] = []
afterEach(async () => {
  for (const { door } of opened.splice(0)) await door.close()
})

/** A door whose every answer is what `source` gives, and what became of the source. */
async function streaming(source: () => AsyncGenerator<Uint8Array>, options: Partial<DoorOptions> = {}) {
  const told = { given: 0, ended: 0 }
  async function* watched() {
    try {
      for await (const piece of source()) {
        told.given += piece.length
        yield piece
      }
    } finally {
      told.ended += 1
    }
  }
  const house = await openDoor(async () => ({ requestId: 'id', status: 200, stream: watched(), headers }), options)
  opened.push(house)
  return { ...house, told }
}

async function* of(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text)
}

async function* endless() {
  for (;;) yield Buffer.alloc(100_000)
}

async function* breaking(after: number, error: Error): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < after; i++) yield Buffer.from('some of it ')
  throw error
}

const get = 'GET /v1/a HTTP/1.1\r\nHost: a\r\n\r\n'

describe('an answer that is a stream', () => {
  it('arrives whole, with its media type, and the connection serves on', async () => {
    const { door } = await streaming(() => of('one ', 'two ', 'three'))

    const got = await ask(door, '/v1/a')
    expect(got).toMatchObject({ status: 200, text: 'one two three' })
    expect(got.headers).toMatchObject({ 'content-type': 'application/octet-stream', 'transfer-encoding': 'chunked', 'cache-control': 'no-store' })
    expect((await talk(door, get + get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))).match(/three/g)).toHaveLength(2)
  })

  it('may be empty', async () => {
    const { door } = await streaming(() => of())

    expect(await ask(door, '/v1/a')).toMatchObject({ status: 200, text: '' })
  })

  it('waits for a client that reads slowly, and ends with a client that leaves', async () => {
    const { door, told } = await streaming(endless)
    const socket = await dial(door)
    socket.pause()
    socket.write(get)
    let before = -1
    await vi.waitFor(() => {
      const still = told.given > 0 && told.given === before
      before = told.given
      expect(still).toBe(true)
    }, { timeout: 20_000, interval: 200 })
    expect(told.given).toBeLessThan(50e6)

    socket.destroy()
    await expect.poll(() => told.ended).toBe(1)
  })

  it('is cut off without an end when its source fails midway, and the failure is told to the operator', async () => {
    const failure = new Error('the disk')
    const { door, events } = await streaming(() => breaking(3, failure))
    const heard = await talk(door, get)

    expect(heard).not.toContain('\r\n0\r\n')
    expect(events).toEqual([expect.objectContaining({ kind: 'bug', error: failure })])
    await expect(ask(door, '/v1/a')).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('is an answer like any other when it fails before its first byte', async () => {
    const { door } = await streaming(() => breaking(0, SomeError.teapot()))

    expect(await ask(door, '/v1/a')).toMatchObject({ status: 418, text: '{"errors":["short and stout"]}\n' })
  })

  it('has the deadline only for its first byte', async () => {
    const { promise: released, resolve: release } = deferred()
    async function* slow() {
      yield Buffer.from('first ')
      await released
      yield Buffer.from('last')
    }
    const begun = await streaming(slow, { limits: { handleMs: 30 } })
    const never = await streaming(async function* () { await new Promise(() => undefined) }, { limits: { handleMs: 30 } })

    const got = ask(begun.door, '/v1/a')
    expect((await ask(never.door, '/v1/a')).status).toBe(500)
    release()
    expect((await got).text).toBe('first last')
  })

  it('is not begun for HEAD beyond its head, nor kept from the local door', async () => {
    const { door, told } = await streaming(endless)

    expect(await ask(door, '/v1/a', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
    await expect.poll(() => told.ended).toBe(1)
    const local = await localDoor(async () => answering({ data: undefined, stream: of('x') }))({ verb: 'read', path: 'a', input: {} })
    const pieces: string[] = []
    for await (const piece of local.stream!) pieces.push(Buffer.from(piece).toString())
    expect(pieces).toEqual(['x'])
  })
})

function deferred() {
  let resolve!: () => void
  return { promise: new Promise<void>((done) => (resolve = done)), resolve }
}
