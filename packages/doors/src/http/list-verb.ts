import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/** What Node says of bytes its parser refused. */
export interface ParserError extends Error {
  readonly code?: string
  readonly rawPacket?: Buffer
  readonly bytesParsed?: number
}

export type Refuse = (error: ParserError, socket: Socket) => void

/** What is used of the parser behind `socket.parser`, which Node neither documents nor types. */
interface NativeParser {
  [slot: number]: ((result: unknown) => unknown) | null | undefined
  onIncoming: ((message: IncomingMessage, keepAlive: boolean) => unknown) | null
  initialize(type: number, resource: object, maxHeaderSize: number, lenient: number, connections: unknown): void
  remove(): void
  getCurrentBuffer(): Buffer
}

type Parsed = Socket & { readonly parser?: NativeParser | null }

// Numbers of the parser's own: request, .kOnMessageBegin, .kOnExecute.
const [request, onMessageBegin, onExecute] = [1, 0, 5] as const

/** How far one connection's parser has come, as far as LIST needs to know it. */
interface Track {
  readonly parser: NativeParser
  /** The bytes seen last are inside a request's head. */
  heading: boolean
  /** The last bytes of the packets that ended inside this head. */
  tail: string
  /** The last packet ended in `LIS`: the parser was given `LI`, and a `T` must follow. */
  half: boolean
  /** The next head to be completed was sent as LIST. */
  list: boolean
  feeding: boolean
  next: Buffer | undefined
  /** The parser has failed for good; what it says from here on means nothing. */
  dead: boolean
}

const [S, T] = [0x53, 0x54]
const link = Buffer.from('LINK')
const tailOf = (bytes: Buffer) => bytes.toString('latin1', Math.max(0, bytes.length - 4))

/**
 * Teaches a Node server the verb LIST, which its parser (llhttp, a fixed table of methods) refuses. LIST and LINK share
 * their beginning and their length, so llhttp stumbles exactly at the `S`, at a message boundary it found itself. There
 * the same parser is started afresh and fed the same bytes with `LINK` in place of `LIST`; the request is named
 * LIST when its head is complete. All framing stays llhttp's own, and requests it accepts pay one callback a head.
 *
 * `refuse` is told of every other parser failure, once a connection, in place of `clientError`. This leans on Node's
 * internals: `checkListVerb` proves before a door opens that they are as expected.
 *
 * One case stays refused: a LIST pipelined in one packet right behind a body that ends in `UN`, because those bytes
 * could also be the unknown method UNLIST.
 */
export function teachListVerb(server: Server, refuse: Refuse): void {
  const tracks = new WeakMap<Socket, Track>()
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Parsed) => {
    const { parser } = socket
    if (parser) tracks.set(socket, follow(parser))
  })
  server.on('clientError', (error: ParserError, socket: Parsed) => {
    const track = tracks.get(socket)
    if (track?.dead) return
    const packet = track && error.code === 'HPE_INVALID_METHOD' ? asLink(track, error) : undefined
    if (track && packet && restart(server, socket, track, packet)) return
    if (track) track.dead = true
    refuse(error, socket)
  })
}

/** Watches one parser. Node gives parsers to other connections later, but first clears these three slots. */
function follow(parser: NativeParser): Track {
  const flags = { heading: false, half: false, list: false, feeding: false, dead: false }
  const track: Track = { parser, tail: '', next: undefined, ...flags }
  const { onIncoming } = parser
  const executed = parser[onExecute]
  parser[onMessageBegin] = () => {
    track.heading = true
    track.tail = ''
    track.half = false
  }
  parser.onIncoming = (message: IncomingMessage, keepAlive: boolean) => {
    track.heading = false
    // `LIS` was taken for `LI`, and what came next was not a `T` but made a method all the same: `LIS` + `NK`.
    if (track.half) message.method = 'LISNK'
    else if (track.list) message.method = 'LIST'
    track.half = track.list = false
    return onIncoming?.(message, keepAlive)
  }
  parser[onExecute] = (result: unknown) => {
    if (track.heading && typeof result === 'number') {
      track.tail = (track.tail + tailOf(parser.getCurrentBuffer())).slice(-4)
    }
    return executed?.(result)
  }
  return track
}

/** The refused packet from its LIST on, spelt LINK; `LI` when it ends in `LIS`; undefined when this is no LIST. */
function asLink(track: Track, { rawPacket: raw, bytesParsed: at = -1 }: ParserError): Buffer | undefined {
  if (!raw || at < 0 || at >= raw.length) return undefined
  if (track.half) return at === 0 && raw[0] === T ? Buffer.concat([link, raw.subarray(1)]) : undefined
  const before = (track.tail + raw.toString('latin1', Math.max(0, at - 4), at)).slice(-4)
  if (raw[at] !== S || !before.endsWith('LI') || before === 'UNLI') return undefined
  if (at + 1 === raw.length) return Buffer.from('LI')
  if (raw[at + 1] !== T) return undefined
  if (at < 2) return Buffer.concat([link, raw.subarray(at + 2)])
  // The packet is this parser's own copy: rewriting it in place keeps a packet of many LISTs linear.
  link.copy(raw, at - 2)
  return raw.subarray(at - 2)
}

/**
 * Starts the parser afresh on `packet`. A packet may hold thousands of LISTs, each refused in the middle of feeding the
 * one before it: those are taken in turn here, not one inside the other, so that no packet can exhaust the stack.
 */
function restart(server: Server, socket: Parsed, track: Track, packet: Buffer): boolean {
  const connections = connectionsOf(server)
  if (connections === undefined) return false
  track.next = packet
  if (track.feeding) return true
  track.feeding = true
  // A connection may end while it is fed; its parser then belongs to nobody, or to somebody else.
  while (track.next && socket.parser === track.parser) {
    const bytes: Buffer = track.next
    track.next = undefined
    feed(server, socket, track, { bytes, connections })
  }
  track.feeding = false
  return true
}

function feed(server: Server, socket: Parsed, track: Track, given: { bytes: Buffer; connections: unknown }): void {
  const { parser } = track
  const { bytes, connections } = given
  // Out of the list Node's time limits are kept in, before the start time it is ordered by changes.
  parser.remove()
  const { maxHeaderSize = 0 } = server as { readonly maxHeaderSize?: number }
  parser.initialize(request, { type: 'HTTPINCOMINGMESSAGE', socket }, maxHeaderSize, 0, connections)
  const half = bytes.length === 2
  track.heading = true
  track.list = !half
  socket.emit('data', bytes)
  track.half = half
  if (track.heading && !half && !track.next) track.tail = tailOf(bytes)
}

/** Node keeps the list under a symbol it does not export, made when the server first listens. */
function connectionsOf(server: Server): unknown {
  const name = 'http.server.connections'
  const symbol = Object.getOwnPropertySymbols(server).find(({ description }) => description === name)
  return symbol && Reflect.get(server, symbol)
}
