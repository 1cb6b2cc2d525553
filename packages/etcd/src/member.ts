import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import { Client, credentials, Metadata, type ChannelCredentials, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js'
import { type VaultError } from '@chatelaine/sdk'
import type { ClusterId } from './cluster-id.js'
import { codecOfCall, codecOfStream } from './codec.js'
import { EtcdError, etcdErrorOf } from './errors.js'
import type { Answered, CallName, Calls, StreamName, Streams } from './messages.js'

/** PEM, as bytes. A certificate and its key are who we are to etcd; without them somebody must log in with a password. */
export interface EtcdTls {
  readonly ca?: Uint8Array | undefined
  readonly cert?: Uint8Array | undefined
  readonly key?: Uint8Array | undefined
  /** The name the server's certificate must have, where it is not the host of the endpoint. */
  readonly serverName?: string | undefined
}

export interface MemberOptions {
  /** https://host:port, or http:// without TLS. */
  readonly endpoint: string
  readonly tls?: EtcdTls | undefined
  /** Shared by the members of one cluster; without it, whoever answers is believed. */
  readonly cluster?: ClusterId | undefined
}

/** A stream that was opened. `onEnd` is called once, whoever ended it. */
export interface Stream<Ask> {
  send(ask: Ask): void
  close(): void
}

export interface Listener<Answer> {
  onMessage(answer: Answer): void
  onEnd(error: VaultError): void
}

/**
 * etcd pings its clients' patience too: it takes more than one ping in five seconds on an idle connection for an attack and
 * hangs up. Frozen members are found sooner by deadlines and by asking another; this finds connections that nobody uses.
 */
const channelOptions = {
  'grpc.keepalive_time_ms': 6000,
  'grpc.keepalive_timeout_ms': 2000,
  'grpc.keepalive_permit_without_calls': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // Channels to one address would share a connection, and a frozen one would freeze its successor.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_retries': 0,
}

/** One member of etcd, over one connection that grpc-js keeps. It decides nothing: who is asked, and again, is `Members`'. */
export class Member {
  readonly endpoint: string
  readonly #cluster: ClusterId | undefined
  #tls: EtcdTls | undefined
  #client: Client
  #token: string | undefined

  constructor({ endpoint, tls, cluster }: MemberOptions) {
    this.endpoint = endpoint
    this.#cluster = cluster
    this.#tls = tls
    this.#client = clientOf(endpoint, tls)
  }

  /** Goes on over a new connection, with other certificates if they are given. What is under way ends as it would have. */
  renew(tls: EtcdTls | undefined = this.#tls): void {
    const before = this.#client
    this.#tls = tls
    this.#client = clientOf(this.endpoint, tls)
    before.close()
  }

  /** Who asks, where etcd's users have passwords. */
  authenticate(token: string | undefined): void {
    this.#token = token
  }

  call<N extends CallName>(name: N, ask: Calls[N][0], timeoutMs: number): Promise<Calls[N][1]> {
    const { path, encode, decode } = codecOfCall(name)
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, answer: Calls[N][1] | undefined) => {
        const problem = error ? etcdErrorOf(this.endpoint, error) : this.#strange(answer)
        if (problem) reject(problem)
        else resolve(answer as Calls[N][1])
      }
      try {
        this.#client.makeUnaryRequest(path, encode, decode, ask, this.#metadata(), { deadline: Date.now() + timeoutMs }, done)
      } catch (cause) {
        reject(EtcdError.unavailable({ endpoint: this.endpoint, reason: 'the connection is closed' }, { cause }))
      }
    })
  }

  stream<N extends StreamName>(name: N, { onMessage, onEnd }: Listener<Streams[N][1]>): Stream<Streams[N][0]> {
    const { path, encode, decode } = codecOfStream(name)
    const stream: ClientDuplexStream<Streams[N][0], Streams[N][1]> = this.#client.makeBidiStreamRequest(path, encode, decode, this.#metadata())
    let ended = false
    const end = (error: VaultError) => {
      if (ended) return
      ended = true
      onEnd(error)
    }
    stream.on('data', (answer: Streams[N][1]) => {
      if (ended) return
      const problem = this.#strange(answer)
      if (!problem) return onMessage(answer)
      end(problem)
      stream.cancel()
    })
    stream.on('error', (error: ServiceError) => end(etcdErrorOf(this.endpoint, error)))
    stream.on('end', () => end(EtcdError.unavailable({ endpoint: this.endpoint, reason: 'the stream ended' })))
    return {
      send: (ask) => void stream.write(ask),
      close: () => {
        end(EtcdError.unavailable({ endpoint: this.endpoint, reason: 'closed here' }))
        stream.cancel()
      },
    }
  }

  close(): void {
    this.#client.close()
  }

  /** Every answer says of which cluster it is. */
  #strange(answer: Answered | undefined): VaultError | undefined {
    return this.#cluster?.stranger ?? this.#cluster?.judge(this.endpoint, answer?.header)
  }

  #metadata(): Metadata {
    const metadata = new Metadata()
    if (this.#token !== undefined) metadata.set('token', this.#token)
    return metadata
  }
}

function clientOf(endpoint: string, tls: EtcdTls | undefined): Client {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') throw EtcdError.badEndpoint({ endpoint })
  const target = `${url.hostname}:${url.port || '2379'}`
  if (url.protocol === 'http:') return new Client(target, credentials.createInsecure(), channelOptions)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const name = tls?.serverName ?? host
  // A name that TLS may be told; an address may not (RFC 6066), and is only looked for in the certificate.
  const told = isIP(name) ? 'etcd' : name
  const options = told === host ? channelOptions : { ...channelOptions, 'grpc.ssl_target_name_override': told }
  return new Client(target, secured(tls, name), options)
}

function secured({ ca, cert, key }: EtcdTls = {}, name: string): ChannelCredentials {
  try {
    return credentials.createSsl(bufferOf(ca), bufferOf(key), bufferOf(cert), {
      checkServerIdentity: (_, presented) => checkServerIdentity(name, presented),
    })
  } catch (cause) {
    throw EtcdError.badTls({ reason: cause instanceof Error && 'code' in cause ? String(cause.code) : 'not PEM' }, { cause })
  }
}

const bufferOf = (bytes: Uint8Array | undefined) => (bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : null)
