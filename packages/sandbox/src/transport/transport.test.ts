import { connect, type Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSandbox, type Sandbox } from '../index.js'
import { abridged } from './abridged.js'
import { crc32 } from './crc32.js'
import { LARGEST_FRAME, type Framing } from './framing.js'
import { full } from './full.js'
import { intermediate } from './intermediate.js'
import { recognise } from './opening.js'

const kinds: Readonly<Record<string, () => Framing>> = {
  abridged,
  intermediate: () => intermediate({ padded: false }),
  padded: () => intermediate({ padded: true }),
  full,
}

/** Whole words, as MTProto packets are; the lengths meet both forms of the abridged header. */
const packets = fc.array(
  fc.integer({ min: 2, max: 400 }).chain((words) => fc.uint8Array({ minLength: words * 4, maxLength: words * 4 })),
  { minLength: 1, maxLength: 5 },
)

function takeAll(framing: Framing, stream: Buffer): { packets: Uint8Array[]; rest: Buffer } {
  const packets: Uint8Array[] = []
  let rest = stream
  for (let taken = framing.take(rest); taken; taken = framing.take(rest)) {
    packets.push(Uint8Array.from(taken.packet))
    rest = rest.subarray(taken.used)
  }
  return { packets, rest }
}

describe.each(Object.entries(kinds))('the %s transport', (name, make) => {
  it('gives back what it wrapped, however the stream is split', () => {
    fc.assert(
      fc.property(packets, fc.array(fc.nat(5000)), (sent, cuts) => {
        const wrap = make()
        const stream = Buffer.concat(sent.map((packet) => wrap.wrap(packet)))
        const read = make()
        let held: Buffer = Buffer.alloc(0)
        const got: Uint8Array[] = []

        const places = [0, ...cuts.map((cut) => cut % stream.length).sort((a, b) => a - b), stream.length]
        for (let i = 1; i < places.length; i++) {
          const come = Buffer.concat([held, stream.subarray(places[i - 1], places[i])])
          const { packets: more, rest } = takeAll(read, come)
          got.push(...more)
          held = rest
        }

        expect(held).toHaveLength(0)
        const unpadded = got.map((packet, i) => (name === 'padded' ? packet.subarray(0, sent[i]!.length) : packet))
        expect(unpadded).toEqual(sent)
      }),
      { numRuns: 60 },
    )
  })

  it('never takes longer than the limit from a stranger', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (garbage) => {
        const framing = make()
        try {
          const taken = framing.take(Buffer.from(garbage))
          if (taken) expect(taken.packet.length).toBeLessThanOrEqual(LARGEST_FRAME)
        } catch (error) {
          expect(error).toMatchObject({ name: 'Malformed' })
        }
      }),
    )
  })
})

describe('the full transport', () => {
  it('refuses a changed byte anywhere', () => {
    const packet = randomBytes(64)
    fc.assert(
      fc.property(fc.nat(75), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const frame = full().wrap(packet)
        frame[at] = frame[at]! ^ change
        const take = () => full().take(frame)
        if (at < 4 && peek(take) === undefined) return // a longer frame is still being waited for
        expect(take).toThrow()
      }),
    )
  })

  it('refuses a frame that comes twice', () => {
    const frame = full().wrap(randomBytes(32))
    const framing = full()
    framing.take(frame)
    expect(() => framing.take(frame)).toThrow('out of order')
  })

  it('has the CRC32 of zip', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926)
  })
})

describe('recognising a transport', () => {
  it('never fails otherwise than as malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (stream) => {
        try {
          recognise(Buffer.from(stream))
        } catch (error) {
          expect(error).toMatchObject({ name: 'Malformed' })
        }
      }),
    )
  })
})

describe('a connection', () => {
  let sandbox: Sandbox

  beforeAll(async () => {
    sandbox = await startSandbox()
  })
  afterAll(() => sandbox.close())

  it('is closed quietly after garbage, whatever it was, and the server lives on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 64, maxLength: 3000 }), async (garbage) => {
        const socket = await dial(sandbox)
        const answer = await exchange(socket, garbage)
        expect(answer.length).toBeLessThanOrEqual(16) // nothing, or a transport error
      }),
      { numRuns: 60 },
    )
    await expectAlive(sandbox)
  })

  it('is closed after a mutated beginning of a key exchange', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(47), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const packet = reqPq()
        packet[at % packet.length] = packet[at % packet.length]! ^ change
        const socket = await dial(sandbox)
        await exchange(socket, Buffer.concat([Buffer.from([0xef]), abridged().wrap(packet)]))
      }),
      { numRuns: 60 },
    )
    await expectAlive(sandbox)
  })

  it('is closed as soon as a frame announces more than the limit', async () => {
    const socket = await dial(sandbox)
    const head = Buffer.alloc(8, 0xee)
    head.writeUInt32LE(LARGEST_FRAME + 1, 4)
    expect(await exchange(socket, head, { keepOpen: true })).toHaveLength(0)
  })

  it('answers a message under a key it does not know with error 404', async () => {
    const socket = await dial(sandbox)
    const packet = randomBytes(64)
    const answer = await exchange(socket, Buffer.concat([Buffer.from([0xef]), abridged().wrap(packet)]))
    expect(answer.readInt32LE(1)).toBe(-404)
  })
})

function peek<T>(take: () => T): T | 'threw' {
  try {
    return take()
  } catch {
    return 'threw'
  }
}

const dial = ({ host, port }: Sandbox) =>
  new Promise<Socket>((resolve, reject) => {
    const socket = connect(port, host, () => resolve(socket)).once('error', reject)
  })

/** Writes, says no more, and returns all that came until the other side closed. */
function exchange(socket: Socket, bytes: Uint8Array, { keepOpen = false } = {}): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(chunks)))
    socket.write(bytes)
    if (!keepOpen) socket.end()
  })
}

/** The first question of a key exchange, in a plain message. */
function reqPq(): Buffer {
  const packet = Buffer.alloc(40)
  packet.writeUInt32LE(20, 16)
  packet.writeUInt32LE(0xbe7e8ef1, 20)
  randomBytes(16).copy(packet, 24)
  return packet
}

async function expectAlive(sandbox: Sandbox): Promise<void> {
  const socket = await dial(sandbox)
  const answer = await exchange(socket, Buffer.concat([Buffer.from([0xef]), abridged().wrap(reqPq())]))
  expect(answer.readUInt32LE(21)).toBe(0x05162463) // resPQ
}
