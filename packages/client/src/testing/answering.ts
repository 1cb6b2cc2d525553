import { createServer } from 'node:http'
import type { AddressInfo, ListenOptions } from 'node:net'

/** What arrived at the server. */
export interface Arrived {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface Say {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** An HTTP server that answers as told, and remembers what it was asked. `undefined` hangs up without an answer. */
export async function answering(answer: (asked: Arrived, nth: number) => Say | undefined, listen: ListenOptions = { host: '127.0.0.1', port: 0 }) {
  const asked: Arrived[] = []
  const server = createServer((request, response) => {
    void (async () => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const arrived = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
      asked.push(arrived)
      const say = answer(arrived, asked.length)
      if (!say) return request.socket.destroy()
      response.writeHead(say.status ?? 200, { 'Content-Type': 'application/json', ...say.headers })
      response.end(say.body === undefined ? '' : typeof say.body === 'string' ? say.body : JSON.stringify(say.body))
    })()
  })
  await new Promise<void>((resolve) => server.listen(listen, resolve))
  const address = server.address() as AddressInfo | string
  return {
    asked,
    address: typeof address === 'string' ? `unix://${address}` : `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
