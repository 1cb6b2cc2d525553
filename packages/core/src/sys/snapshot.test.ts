import { RequestError } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { CoreError } from '../errors.js'
import { allow, openCore } from '../testing/open-core.js'

async function openStored() {
  let begun = 0
  async function* snapshot() {
    begun += 1
    yield Buffer.from('all of it')
  }
  const house = await openCore({ snapshot })
  return { ...house, begun: () => begun }
}

describe('sys/storage/snapshot', () => {
  it('gives what the server writes down, begun when somebody reads it', async () => {
    const { ask, begun } = await openStored()

    const { stream, status, headers } = await ask('read', 'sys/storage/snapshot')

    expect([status, headers, begun()]).toEqual([200, { 'Content-Type': 'application/vnd.chatelaine.snapshot' }, 0])
    const pieces: string[] = []
    for await (const piece of stream!) pieces.push(Buffer.from(piece).toString())
    expect(pieces).toEqual(['all of it'])
  })

  it('needs sudo beside read', async () => {
    const { ask, token } = await openStored()
    await allow(ask, 'reader', { 'sys/storage/snapshot': ['read'] })
    await allow(ask, 'backup', { 'sys/storage/snapshot': ['read', 'sudo'] })

    await expect(ask('read', 'sys/storage/snapshot', {}, { token: await token(['reader']) })).rejects.toSatisfy(CoreError.permissionDenied.is)
    expect((await ask('read', 'sys/storage/snapshot', {}, { token: await token(['backup']) })).stream).toBeDefined()
  })

  it('is written down without its bytes, and does not leave when it cannot be', async () => {
    const { ask, tape, begun } = await openStored()
    await ask('write', 'sys/audit/tape', { type: 'tape' })
    await ask('read', 'sys/storage/snapshot')

    expect(JSON.parse(tape.lines.at(-1)!)).toMatchObject({ type: 'response', request: { path: 'sys/storage/snapshot', operation: 'read' } })
    expect(tape.lines.join()).not.toContain('all of it')

    tape.accepts = (line) => !line.includes('"type":"response"')
    await expect(ask('read', 'sys/storage/snapshot')).rejects.toThrow()
    expect(begun()).toBe(0)
  })

  it('is never wrapped', async () => {
    const { ask } = await openStored()

    await expect(ask('read', 'sys/storage/snapshot', {}, { wrapTtl: 60 })).rejects.toSatisfy(CoreError.tooLongToWrap.is)
  })

  it('is not there where the server makes none', async () => {
    const { ask } = await openCore()

    await expect(ask('read', 'sys/storage/snapshot')).rejects.toSatisfy(RequestError.unsupportedOperation.is)
  })
})
