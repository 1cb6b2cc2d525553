import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly url: string
  readonly token: string | undefined
  readonly wrapTtl: string | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
}

/** What to answer for `METHOD /v1/path`; anything else is 404. A number is a status without a body. */
export type Answers = Readonly<Record<string, unknown>>

/** A server that knows a few answers by heart. */
export async function serving(answers: Answers) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void (async () => {
      let text = ''
      for await (const chunk of request) text += String(chunk)
      const { method = '', url = '', headers } = request
      const header = (name: string) => headers[name] as string | undefined
      asked.push({ method, url, token: header('x-vault-token'), wrapTtl: header('x-vault-wrap-ttl'), headers, body: text ? JSON.parse(text) : undefined })
      const answer = answers[`${method} ${url}`] ?? { status: 404, errors: [] }
      const { status = 200, ...body } = typeof answer === 'number' ? { status: answer } : (answer as { status?: number })
      response.writeHead(status, { 'Content-Type': 'application/json' })
      response.end(Object.keys(body).length ? JSON.stringify(body) : '')
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    asked,
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export const envelope = (data: unknown, more: object = {}) => ({
  request_id: 'r', lease_id: '', renewable: false, lease_duration: 0, data, wrap_info: null, warnings: null, auth: null, ...more,
})
