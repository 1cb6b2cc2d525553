import protobuf from 'protobufjs'
import { proto } from './proto.js'
import type { CallName, Calls, StreamName, Streams } from './messages.js'

/** Message to bytes and back, for one call. */
export interface Codec<Ask, Answer> {
  readonly path: string
  encode(ask: Ask): Buffer
  decode(bytes: Buffer): Answer
}

const root = protobuf.parse(proto, { keepCase: true }).root

// What is not on the wire is read from the prototype, where protobufjs puts an array for bytes: an empty value would be none.
Object.assign(root.lookupType('KeyValue').ctor.prototype as object, { value: new Uint8Array(0) })

/** The Auth service's messages bear its name before theirs; but for two, the other services' do not. */
const messageOf = (service: string, method: string) =>
  service === 'Auth' && /^(User|Role)/.test(method) ? `Auth${method}` : method

function codecOf<Ask, Answer>(name: string, [asks, answers] = messagesOf(name)): Codec<Ask, Answer> {
  const [request, response] = [root.lookupType(asks), root.lookupType(answers)]
  return {
    path: `/etcdserverpb.${name}`,
    // protobufjs checks nothing while it encodes; the types of `Calls` do, at every call.
    encode: (ask) => request.encode(ask as Record<string, unknown>).finish() as Buffer,
    decode: (bytes) => response.decode(bytes) as unknown as Answer,
  }
}

function messagesOf(name: string): [string, string] {
  const [service = '', method = ''] = name.split('/')
  const message = method === 'Compact' ? 'Compaction' : messageOf(service, method)
  return [`${message}Request`, `${message}Response`]
}

const kept = new Map<string, Codec<unknown, unknown>>()

function keptCodec(name: string): Codec<unknown, unknown> {
  let codec = kept.get(name)
  if (!codec) kept.set(name, (codec = codecOf(name)))
  return codec
}

export const codecOfCall = <N extends CallName>(name: N) => keptCodec(name) as Codec<Calls[N][0], Calls[N][1]>
export const codecOfStream = <N extends StreamName>(name: N) => keptCodec(name) as Codec<Streams[N][0], Streams[N][1]>
