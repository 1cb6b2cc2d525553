import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { HttpError } from '../errors.js'
import { makeCertificate } from '../testing/certificate.js'
import { openRecorder, type Recorder } from '../testing/framing.js'
import { checkListVerb } from './list-check.js'
import { teachListVerb } from './list-verb.js'

const head = (verb: string, path: string, more = '') => `${verb} ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`
const sized = (verb: string, path: string, body: string) => head(verb, path, `Content-Length: ${body.length}\r\n`) + body
const chunked = (verb: string, path: string, body: string) =>
  head(verb, path, 'Transfer-Encoding: chunked\r\n') + `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`

const body = fc.constantFrom('{}', 'LIST / HTTP/1.1\r\nHost: b\r\n\r\n', 'xLI', 'L', 'LIS', '\r\n\r\nLIST', '{"a":"b"}\n')
const path = fc.constantFrom('/v1/a', '/LIST', '/v1/secret/?x=LIST')
const message = fc.oneof(
  fc.tuple(fc.constantFrom('GET', 'LIST', 'LIST', 'HEAD'), path).map(([verb, at]) => head(verb, at)),
  fc.tuple(fc.constantFrom('POST', 'LIST', 'PUT'), path, body).map(([verb, at, text]) => sized(verb, at, text)),
  fc.tuple(fc.constantFrom('POST', 'LIST'), path, body).map(([verb, at, text]) => chunked(verb, at, text)),
  fc.constant('\r\n'),
)
const stream = fc.array(message, { minLength: 1, maxLength: 6 }).map((parts) => Buffer.from(parts.join(''), 'latin1'))
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 })

const mutation = fc.record({
  kind: fc.constantFrom('set', 'drop', 'double'),
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  byte: fc.oneof(fc.constantFrom(...Buffer.from('LISTNK \r\n:01GU/')), fc.integer({ min: 0, max: 255 })),
})
type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never

function mutate(bytes: Buffer, { kind, at, byte }: Mutation): Buffer {
  const i = Math.floor(at * bytes.length)
  const middle = { set: [byte], drop: [], double: [bytes[i] ?? 0, byte] }[kind] ?? []
  return Buffer.concat([bytes.subarray(0, i), Buffer.from(middle), bytes.subarray(i + 1)])
}

function cut(bytes: Buffer, fractions: readonly number[]): Buffer[] {
  const at = [...new Set(fractions.map((f) => Math.floor(f * bytes.length)))].sort((a, b) => a - b)
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i])).filter((packet) => packet.length > 0)
}

// A plain server is shown LINK wherever the taught one is shown LIST: the same length, and a verb every Node knows.
const asLink = (text: string) => text.replaceAll('LIST', 'LINK')
const linked = (bytes: Buffer) => Buffer.from(asLink(bytes.toString('latin1')), 'latin1')
// What was received of the word before a refusal may be a part of it.
const alike = (text: string) => text.replace(/LI(?:NK|ST)/g, 'LI__').replace(/LI[NS]/g, 'LI_')

describe.each([
  ['TCP', undefined],
  ['TLS', makeCertificate('list')],
])('LIST over %s', (_name, tls) => {
  let taught: Recorder
  let plain: Recorder

  beforeAll(async () => {
    taught = await openRecorder((server, refused) => teachListVerb(server, (_error, socket) => refused(socket)), tls)
    plain = await openRecorder((server, refused) => {
      const heard = new WeakSet()
      server.on('clientError', (_error, socket) => {
        if (!heard.has(socket)) refused(socket as never)
        heard.add(socket)
      })
    }, tls)
  })

  afterAll(() => {
    taught.close()
    plain.close()
  })

  /** Cuts both alike, so that every packet the plain server gets has its twin. */
  async function same(bytes: Buffer, fractions: readonly number[]): Promise<void> {
    const [got, wanted] = await Promise.all([taught.frames(cut(bytes, fractions)), plain.frames(cut(linked(bytes), fractions))])
    expect(got.map(alike)).toEqual(wanted.map(alike))
  }

  it('is a verb like any other', async () => {
    const got = await taught.frames([Buffer.from(head('LIST', '/v1/a', 'X-Vault-Token: t\r\n'))])
    expect(got).toEqual(['LIST /v1/a Host|a|X-Vault-Token|t <end>'])
  })

  it('is understood wherever the stream is cut in two or into single bytes', async () => {
    const text = Buffer.from(sized('POST', '/a', 'xLI') + head('LIST', '/b') + chunked('LIST', '/c', 'LIST') + head('GET', '/d'))
    for (let i = 1; i < text.length; i++) {
      const got = await taught.frames([text.subarray(0, i), text.subarray(i)])
      expect(got.map((line) => line.split(' ', 2).join(' ')), `cut at ${i}`).toEqual(['POST /a', 'LIST /b', 'LIST /c', 'GET /d'])
    }
    const bytes = await taught.frames([...text].map((byte) => Buffer.from([byte])))
    expect(bytes.map((line) => line.slice(0, 7))).toEqual(['POST /a', 'LIST /b', 'LIST /c', 'GET /d '])
  })

  it('frames any stream of requests as a plain server does', async () => {
    await fc.assert(fc.asyncProperty(stream, cuts, same), { numRuns: 80 })
  })

  it('frames damaged streams as a plain server does, up to the same refusal', async () => {
    const damaged = fc.tuple(stream, fc.array(mutation, { minLength: 1, maxLength: 3 })).map(([bytes, all]) => all.reduce(mutate, bytes))
    await fc.assert(fc.asyncProperty(damaged, cuts, same), { numRuns: 150 })
  })

  it('frames a stream that breaks off within the word as a plain server does', async () => {
    const text = `${sized('POST', '/v1/a', '{}')}${head('POST', '/v1/a', 'Transfer-Encoding: chunked\r\n')}8\r\n\0\r\n\r\nLIST\r\n0\r\n\r\n`
    await same(Buffer.from(text, 'latin1'), [])
  })

  it('takes thousands in one packet in turn', async () => {
    const got = await taught.frames([Buffer.from(head('LIST', '/').repeat(2_400))])
    expect(got.filter((line) => line.startsWith('LIST / ')).length).toBe(2_400)
  })

  it.each(['LIS', 'LISK', 'UNLIST', 'list', 'XLIST', 'SCAN'])('does not take %s for it', async (verb) => {
    expect(await taught.frames([Buffer.from(head(verb, '/a') + head('LIST', '/b'))])).toEqual(['refused '])
  })

  it('does not take LISNK for LINK when its packets part after LIS', async () => {
    const got = await taught.frames([Buffer.from('LIS'), Buffer.from('NK / HTTP/1.1\r\nHost: a\r\n\r\n')])
    expect(got).toEqual(['LISNK / Host|a <end>'])
  })

  it('does not take the end of a body for its beginning', async () => {
    const got = await taught.frames([Buffer.from(sized('POST', '/a', 'xxLI')), Buffer.from('ST /b HTTP/1.1\r\nHost: a\r\n\r\n')])
    expect(got).toEqual(['POST /a Host|a|Content-Length|4 xxLI<end>', 'refused '])
  })
})

describe('the self-test', () => {
  it('passes on this Node', async () => {
    await expect(checkListVerb()).resolves.toBeUndefined()
  })

  it('refuses, naming the version, where the parser is another', async () => {
    const prototype = await parserPrototype()
    const { getCurrentBuffer } = prototype
    prototype.getCurrentBuffer = () => Buffer.alloc(0)
    onTestFinished(() => void (prototype.getCurrentBuffer = getCurrentBuffer))

    const check = checkListVerb()

    await expect(check).rejects.toSatisfy(HttpError.parserUnknown.is)
    await expect(check).rejects.toThrow(process.versions.node)
  })
})

async function parserPrototype(): Promise<{ getCurrentBuffer(): Buffer }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [socket] = await once(server, 'connection')
  const prototype = Object.getPrototypeOf(socket.parser)
  client.destroy()
  server.close()
  return prototype
}
