import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RawNumber, VaultError } from '@chatelaine/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { ClientError, createVault, inProcess, isRefusal, type VaultOptions } from './index.js'
import { answering, type Arrived, type Say } from './testing/answering.js'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

const waits: number[] = []
const atOnce = { random: () => 0.5, sleep: async (ms: number) => void waits.push(ms) }

async function against(answer: (asked: Arrived, nth: number) => Say | undefined, options: Partial<VaultOptions> = {}) {
  const server = await answering(answer)
  open.push(server)
  waits.length = 0
  return { ...server, vault: createVault({ address: server.address, token: 't', retry: atOnce, ...options }) }
}

const envelope = (data: unknown) => ({ request_id: 'r', lease_id: '', renewable: false, lease_duration: 0, data, wrap_info: null, warnings: null, auth: null })

describe('what goes over the wire', () => {
  it('lists by GET with a question, because proxies refuse LIST', async () => {
    const { vault, asked } = await against(() => ({ body: envelope({ keys: ['a', 'b/'] }) }))

    const names = await vault.list('secret/metadata/team')

    expect(names).toEqual(['a', 'b/'])
    expect(asked[0]).toMatchObject({ method: 'GET', url: '/v1/secret/metadata/team?list=true' })
  })

  it('sends token, namespace, wrapping and the request mark as headers', async () => {
    const { vault, asked } = await against(() => ({ body: envelope({}) }), { namespace: 'team' })

    await vault.request({ verb: 'write', path: 'a/b', input: { x: 1 }, wrapTtl: '5m' })

    expect(asked[0]).toMatchObject({ method: 'PUT', url: '/v1/a/b', body: '{"x":1}' })
    expect(asked[0]?.headers).toMatchObject({
      'x-vault-token': 't', 'x-vault-namespace': 'team', 'x-vault-wrap-ttl': '5m', 'x-vault-request': 'true', 'content-type': 'application/json',
    })
  })

  it('patches with the media type that says so', async () => {
    const { vault, asked } = await against(() => ({ status: 204 }))

    await vault.patch('secret/data/x', { data: { a: null } })

    expect(asked[0]).toMatchObject({ method: 'PATCH', body: '{"data":{"a":null}}' })
    expect(asked[0]?.headers['content-type']).toBe('application/merge-patch+json')
  })

  it('keeps a plus a plus, and encodes what would end the path', async () => {
    const { vault, asked } = await against(() => ({ body: envelope({}) }))

    await vault.read('secret/a+b c/d?e#f%', { version: 2 })

    expect(asked[0]?.url).toBe('/v1/secret/a+b%20c/d%3Fe%23f%25?version=2')
  })

  it.each(['secret/../sys/seal', './x', 'a/..'])('refuses %s, which a URL parser would turn into another path', async (path) => {
    const { vault, asked } = await against(() => ({ body: envelope({}) }))

    await expect(vault.read(path)).rejects.toSatisfy(ClientError.badPath.is)
    expect(asked).toEqual([])
  })

  it('asks over a unix socket', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'client-')), 's')
    const server = await answering(() => ({ body: envelope({ a: 1 }) }), { path })
    open.push(server)

    expect(await createVault({ address: `unix://${path}` }).read('x')).toEqual({ a: 1 })
  })
})

describe('what comes back', () => {
  it('keeps numbers that a double would change', async () => {
    const { vault } = await against(() => ({ body: '{"request_id":"r","data":{"big":12345678901234567890}}' }))

    const data = await vault.read('secret/x')

    expect(data?.['big']).toEqual(new RawNumber('12345678901234567890'))
  })

  it('takes the whole body as data where there is no envelope', async () => {
    const { vault } = await against(() => ({ body: { sealed: false, t: 1 } }))

    expect(await vault.read('sys/seal-status')).toEqual({ sealed: false, t: 1 })
  })

  it('reads nothing as undefined and an empty list, not as an error', async () => {
    const { vault } = await against(() => ({ status: 404, body: { errors: [] } }))

    expect(await vault.read('secret/data/x')).toBeUndefined()
    expect(await vault.list('secret/metadata')).toEqual([])
  })

  it('gives the data of a 404 that has some: a deleted version', async () => {
    const { vault } = await against(() => ({ status: 404, body: envelope({ data: null, metadata: { version: 1 } }) }))

    expect(await vault.read('secret/data/x')).toEqual({ data: null, metadata: { version: 1 } })
  })

  it('throws a refusal with the status and the sentences of the server', async () => {
    const { vault } = await against(() => ({ status: 403, body: { errors: ['permission denied'] } }))

    const refused = await vault.write('secret/data/x', {}).catch((error: unknown) => error)

    expect(ClientError.denied.is(refused) && refused.details.errors).toEqual(['permission denied'])
    expect(isRefusal(refused)).toBe(true)
    expect(String(refused)).not.toContain('"t"')
  })

  it('takes a status it was told to accept as an answer', async () => {
    const { vault, asked } = await against(() => ({ status: 503, body: { initialized: true, sealed: true } }))

    const answer = await vault.request({ verb: 'read', path: 'sys/health', accept: [503] })

    expect(answer).toMatchObject({ status: 503, data: { sealed: true } })
    expect(asked).toHaveLength(1)
  })
})

describe('asking again', () => {
  it('repeats a read after 500, with growing waits, and then gives up', async () => {
    const { vault, asked } = await against(() => ({ status: 500, body: { errors: ['internal error'] } }))

    await expect(vault.read('x')).rejects.toSatisfy(ClientError.failed.is)

    expect(asked).toHaveLength(3)
    expect(waits).toEqual([250, 500])
  })

  it('never repeats a write that the server may have done', async () => {
    const { vault, asked } = await against(() => ({ status: 500, body: { errors: ['internal error'] } }))
    const cut = await against(() => undefined)

    await expect(vault.write('x')).rejects.toSatisfy(ClientError.failed.is)
    await expect(cut.vault.write('x')).rejects.toSatisfy(ClientError.broken.is)

    expect(asked).toHaveLength(1)
    expect(cut.asked).toHaveLength(1)
  })

  it('repeats a write that was turned away, after as long as it was told', async () => {
    const { vault, asked } = await against((_, nth) => (nth === 1 ? { status: 429, headers: { 'Retry-After': '2' } } : { status: 204 }))

    await vault.write('x', {})

    expect(asked).toHaveLength(2)
    expect(waits).toEqual([2000])
  })

  it('repeats anything that nobody was there to hear', async () => {
    const { vault, close, address } = await against(() => ({ status: 204 }))
    await close()

    const failed = await vault.write('x').catch((error: unknown) => error)

    expect(ClientError.unreachable.is(failed) && failed.details).toMatchObject({ code: 'ECONNREFUSED', url: `${address}/v1/x` })
    expect(waits).toHaveLength(2)
  })

  it('stops when its signal does', async () => {
    const { vault } = await against(() => ({ status: 204 }))
    const reason = new Error('enough')

    await expect(vault.request({ verb: 'read', path: 'x', signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

describe('a redirect', () => {
  it('is followed once, with the token, to the node that will answer', async () => {
    const { vault, asked } = await against((_, nth) =>
      nth === 1 ? { status: 307, headers: { Location: '/v1/other' } } : { body: envelope({ a: 1 }) })

    expect(await vault.read('x')).toEqual({ a: 1 })
    expect(asked[1]).toMatchObject({ url: '/v1/other', headers: { 'x-vault-token': 't' } })
  })

  it('is refused where it would change the scheme', async () => {
    const { vault, asked } = await against(() => ({ status: 307, headers: { Location: 'https://127.0.0.1/v1/x' } }))

    await expect(vault.read('x')).rejects.toSatisfy(ClientError.badRedirect.is)
    expect(asked).toHaveLength(1)
  })
})

describe('in the same process', () => {
  it('passes data without a wire', async () => {
    const secret = { nested: [1] }
    const vault = createVault({
      address: 'inproc:', token: 'mine',
      transport: inProcess(async (request) => ({ requestId: 'r', status: 200, data: { secret, token: request.token, wrap: request.wrapTtl } })),
    })

    const { data } = await vault.request({ verb: 'read', path: 'x', wrapTtl: '2m' })

    expect(data).toEqual({ secret, token: 'mine', wrap: 120 })
    expect(data?.['secret']).toBe(secret)
  })

  it('turns a refusal into the same error as any wire', async () => {
    const vault = createVault({ address: 'inproc:', transport: inProcess(async () => { throw new VaultError('x', 403, 'permission denied') }) })

    await expect(vault.write('x')).rejects.toSatisfy(ClientError.denied.is)
  })

  it('needs a transport for an address it cannot open itself', () => {
    expect(() => createVault({ address: 'inproc:' })).toThrow(expect.toSatisfy(ClientError.needsTransport.is))
    expect(() => createVault({ address: 'http://user:pass@host' })).toThrow(expect.not.stringContaining('pass'))
  })
})
