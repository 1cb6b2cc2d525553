import { defineErrors, type Request, type Response } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { localDoor } from './local.js'
import { answering, ask, openDoor } from './testing/wire.js'

const SomeError = defineErrors('some', { teapot: { status: 418, text: () => 'short and stout' } })

describe('the local door', () => {
  it.each<[string, () => Promise<Response>]>([
    ['data', async () => answering()],
    ['nothing', async () => ({ requestId: 'id', status: 200 })],
    ['a bare 404', async () => ({ requestId: 'id', status: 404 })],
    ['an error of a catalogue', () => Promise.reject(SomeError.teapot())],
    ['a bug', () => Promise.reject(new Error('hunter2'))],
  ])('answers as HTTP does: %s', async (_name, handle) => {
    const { door } = await openDoor(handle)
    const wire = await ask(door, '/v1/a')
    await door.close()

    const local = await localDoor(handle)({ verb: 'read', path: 'a', input: {} })

    expect(local).toEqual({ status: wire.status, body: wire.text === '' ? undefined : JSON.parse(wire.text) })
  })

  it('passes the request on as it is, and its listing with the slash', async () => {
    const seen: Request[] = []
    const door = localDoor(async (request) => (seen.push(request), answering()))
    const input = { deep: { inside: 1 } }

    await door({ verb: 'list', path: 'a', input, token: 't' })

    expect(seen).toEqual([{ verb: 'list', path: 'a/', input, token: 't' }])
    expect(seen[0]?.input).toBe(input)
  })

  it.each(['a/../b', '', '/a', 'a//b', '.', 'a\0'])('refuses the path %j', async (path) => {
    const answer = await localDoor(async () => answering())({ verb: 'read', path, input: {} })
    expect(answer.status).toBe(path === '' ? 404 : 400)
  })

  it('gives a caller objects of its own', async () => {
    const data = { a: { b: 1 } }
    const { body } = await localDoor(async () => answering({ data }))({ verb: 'read', path: 'a', input: {} })
    expect((body as { data: typeof data }).data).toEqual(data)
    expect((body as { data: typeof data }).data).not.toBe(data)
  })
})
