import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ClientError, createVault, httpTransport, inProcess, nodeExchange } from './index.js'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const close of open.splice(0)) await close()
})

async function serving(answer: (res: ServerResponse) => void): Promise<string> {
  const server = createServer((_, res) => answer(res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(() => new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  }))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += Buffer.from(chunk).toString()
  return text
}

const ways = [
  ['fetch', undefined],
  ["Node's own client", (address: string) => httpTransport(address, nodeExchange())],
] as const

describe.each(ways)('a download by %s', (_, transportTo) => {
  const vaultAt = (address: string, timeout?: number) =>
    createVault({ address, retry: { retries: 0 }, transport: transportTo?.(address), ...(timeout !== undefined && { timeout }) })

  it('gives the bytes while they come, for longer than an answer may take', async () => {
    let finish = () => {}
    const address = await serving((res) => {
      res.write('first ')
      finish = () => res.end('last')
    })

    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const stream = await vaultAt(address, 60_000).download('sys/storage/snapshot')
    const reading = stream[Symbol.asyncIterator]()
    const first = await reading.next()
    vi.advanceTimersByTime(61_000)
    finish()

    expect(Buffer.from(first.value as Uint8Array).toString()).toBe('first ')
    expect(await textOf({ [Symbol.asyncIterator]: () => reading })).toBe('last')
  })

  it('throws when it is cut short', async () => {
    const address = await serving((res) => res.write('some of it', () => res.destroy()))

    await expect(vaultAt(address).download('x').then(textOf)).rejects.toSatisfy(ClientError.broken.is)
  })

  it('is a refusal like any other where there is none', async () => {
    const denied = await serving((res) => res.writeHead(403).end('{"errors":["permission denied"]}'))
    const missing = await serving((res) => res.writeHead(404).end('{"errors":["no handler"]}'))

    await expect(vaultAt(denied).download('x')).rejects.toSatisfy(ClientError.denied.is)
    await expect(vaultAt(missing).download('x')).rejects.toSatisfy(ClientError.notFound.is)
  })

  it('gives up waiting for its head', async () => {
    const address = await serving(() => undefined)

    await expect(vaultAt(address, 30).download('x')).rejects.toSatisfy(ClientError.timeout.is)
  })

  it('lets go of the connection when nobody reads on', async () => {
    let closed = () => {}
    const gone = new Promise<void>((resolve) => (closed = resolve))
    const address = await serving((res) => {
      res.on('close', closed)
      const more = () => void (!res.destroyed && res.write(Buffer.alloc(100_000), more))
      more()
    })

    for await (const _chunk of await vaultAt(address).download('x')) break

    await gone
  })
})

it('passes through memory as it is', async () => {
  async function* bytes() {
    yield Buffer.from('x')
  }
  const vault = createVault({ address: 'inproc:', transport: inProcess(async () => ({ requestId: 'r', status: 200, stream: bytes() })) })

  expect(await textOf(await vault.download('x'))).toBe('x')
})
