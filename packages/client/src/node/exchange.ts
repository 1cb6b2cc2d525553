import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { silence } from '../exchange.js'
import type { Exchange, Incoming, Outgoing } from '../message.js'

/** What only Node's own HTTP client can be told: whom to trust, who we are, and which socket to use. */
export interface NodeExchangeOptions {
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca?: string | Uint8Array | undefined
  readonly cert?: string | Uint8Array | undefined
  readonly key?: string | Uint8Array | undefined
  /** The name the certificate must carry, where it is not the address's host. */
  readonly serverName?: string | undefined
  /** Trusts any certificate. For experiments: whoever sits in between reads every secret. */
  readonly skipVerify?: boolean | undefined
  readonly socketPath?: string | undefined
}

/** Idle connections are kept, and do not keep the process alive. */
export function nodeExchange(options: NodeExchangeOptions = {}): Exchange {
  const { ca, cert, key, serverName, skipVerify = false, socketPath } = options
  const http = new HttpAgent({ keepAlive: true })
  const https = new HttpsAgent({
    keepAlive: true,
    rejectUnauthorized: !skipVerify,
    ...(ca && { ca: bytes(ca) }),
    ...(cert && { cert: bytes(cert) }),
    ...(key && { key: bytes(key) }),
    ...(serverName && { servername: serverName }),
  })
  return (outgoing) => {
    const secure = outgoing.url.startsWith('https:')
    const settings = { method: outgoing.method, agent: secure ? https : http, ...(socketPath && { socketPath }) }
    const start = secure ? httpsRequest : httpRequest
    return send(outgoing, (answered) => start(outgoing.url, { ...settings, ...rest(outgoing) }, answered))
  }
}

const bytes = (pem: string | Uint8Array) => (typeof pem === 'string' ? pem : Buffer.from(pem))

function rest({ headers, body, signal }: Outgoing) {
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  return { headers: { ...headers, ...length }, ...(signal && { signal }) }
}

function send(outgoing: Outgoing, start: (answered: (message: IncomingMessage) => void) => ReturnType<typeof httpRequest>): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(silence(error, outgoing.url, outgoing.signal) as Error)
    const sent = start((message) => {
      if (outgoing.stream && message.statusCode === 200) resolve({ ...headOf(message), body: '', stream: pouring(message, outgoing) })
      else void collect(message).then(resolve, fail)
    })
    sent.on('error', fail)
    sent.end(outgoing.body)
  })
}

async function collect(message: IncomingMessage): Promise<Incoming> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return { ...headOf(message), body: Buffer.concat(chunks).toString('utf8') }
}

function headOf(message: IncomingMessage) {
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
  return { status: message.statusCode ?? 0, headers }
}

async function* pouring(message: IncomingMessage, { url, signal }: Outgoing): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of message) yield chunk as Buffer
  } catch (error) {
    throw silence(error, url, signal)
  }
}
