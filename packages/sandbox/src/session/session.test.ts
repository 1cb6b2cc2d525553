import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import type { mtp } from '@mtcute/core'
import Long from 'long'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { startSandbox, type Sandbox } from '../index.js'
import type { Loose } from '../testing/exchange-client.js'
import { RawClient, type Heard } from '../testing/raw-client.js'
import { toBig, toLong } from '../tl/long.js'
import { Schema } from '../tl/schema.js'
import { pack } from './container.js'

const schema = new Schema()
const ping = (id = 1) => ({ _: 'mt_ping', pingId: Long.fromNumber(id) })
const nearest = { _: 'help.getNearestDc' }
const HOUR = 3_600_000

describe('a session', () => {
  let sandbox: Sandbox
  let client: RawClient
  let shift: number

  beforeEach(async () => {
    shift = 0
    sandbox = await startSandbox({ now: () => new Date(Date.now() + shift) })
    client = await RawClient.dial(sandbox)
  })

  afterEach(async () => {
    client.close()
    await sandbox.close()
  })

  it('is greeted with the id of its first message, which needs an acknowledgment', async () => {
    const id = client.send(ping())

    const { object, seqno } = await client.hearA('mt_new_session_created')

    expect(object).toMatchObject({ firstMsgId: toLong(id), serverSalt: toLong(client.key.salt) })
    expect(seqno % 2).toBe(1)
  })

  it.each([
    ['its salt', { salt: 1n }, 'mt_bad_server_salt'],
    ['its clock', { id: 4n }, 'mt_bad_msg_notification'],
  ])('is greeted with its first message that is accepted, when one before it was refused for %s', async (_, odd, refusal) => {
    client.send(ping(), odd)
    await client.hearA(refusal)

    const id = client.send(ping(2))

    expect((await client.hearA('mt_new_session_created')).object).toMatchObject({ firstMsgId: toLong(id) })
  })

  it.each([
    [4, 4, false],
    [10_003, 3, true],
    [-5, 5, false],
    [99, 2, false],
  ])('that was opened as one with data center %i is told that it is at %i', async (dc, thisDc, testMode) => {
    const tamper = (sent: Loose) => (sent._ === 'mt_p_q_inner_data_dc' ? { ...sent, dc } : sent)
    const elsewhere = await RawClient.dial(sandbox, { tamper })
    onTestFinished(() => elsewhere.close())

    expect(await elsewhere.ask({ _: 'help.getConfig' })).toMatchObject({ _: 'config', thisDc, testMode })
    expect(await elsewhere.ask({ _: 'help.getNearestDc' })).toMatchObject({ thisDc, nearestDc: thisDc })
  })

  it('of a client whose layer was not taught is refused, and is served once it was', async () => {
    const asked = { _: 'invokeWithLayer', layer: 9229, query: { _: 'help.getConfig' } }

    expect(await client.ask(asked)).toMatchObject({ _: 'mt_rpc_error', errorCode: 400, errorMessage: 'CONNECTION_LAYER_INVALID' })
    expect([...sandbox.unknownLayers]).toEqual([9229])
    sandbox.addLayer(9229, '')
    expect(await client.ask(asked)).toMatchObject({ _: 'config' })
  })

  it('is told its right salt, and goes on with it', async () => {
    const id = client.send(ping(), { salt: 1n })
    const { object } = await client.hearA('mt_bad_server_salt')
    expect(object).toMatchObject({ badMsgId: toLong(id), errorCode: 48, newServerSalt: toLong(client.key.salt) })

    client.send(ping(2))
    expect((await client.hearA('mt_pong')).object).toMatchObject({ pingId: Long.fromNumber(2) })
  })

  it('gets salts ahead of time, and may use each when its time has come', async () => {
    const id = client.send({ _: 'mt_get_future_salts', num: 5 })
    const { object } = await client.hearA('mt_future_salts')
    const { salts, reqMsgId } = object as unknown as mtp.RawMt_future_salts
    expect(toBig(reqMsgId)).toBe(id)
    expect(salts).toHaveLength(5)
    expect(toBig(salts[0]!.salt)).toBe(client.key.salt)

    shift = 2 * HOUR
    const later = ((BigInt(Date.now() + shift) << 32n) / 1000n) & ~3n
    client.send(ping(), { salt: toBig(salts[0]!.salt), id: later })
    await client.hearA('mt_bad_server_salt')
    client.send(ping(), { salt: toBig(salts[4]!.salt), id: later + 4n })
    await client.hearA('mt_pong')
  })

  it.each<[number, string, (id: bigint) => bigint]>([
    [16, 'too old', (id) => id - (400n << 32n)],
    [17, 'of the future', (id) => id + (60n << 32n)],
    [18, 'not divisible by four', (id) => id + 1n],
  ])('complains with %i of a message id that is %s', async (errorCode, _, change) => {
    const id = change(client.nextId())
    client.send(ping(), { id })
    const { object } = await client.hearA('mt_bad_msg_notification')
    expect(object).toMatchObject({ badMsgId: toLong(id), errorCode })
  })

  it('complains of sequence numbers that go the wrong way, or of the wrong kind', async () => {
    const complaint = async () => (await client.hearA('mt_bad_msg_notification')).object.errorCode
    const [first, second, third] = [client.nextId(), client.nextId(), client.nextId()]

    client.send(nearest, { id: second, seqno: 5 })
    client.send(nearest, { id: third, seqno: 5 })
    expect(await complaint()).toBe(32)
    client.send(nearest, { id: first, seqno: 7 })
    expect(await complaint()).toBe(33)
    client.send(nearest, { seqno: 8 })
    expect(await complaint()).toBe(35)
    client.sendBody(pack([{ id: client.nextId(), seqno: 9, body: schema.write(ping()) }]), { seqno: 9 })
    expect(await complaint()).toBe(34)
  })

  it('refuses a container in a container, and one older than what it holds', async () => {
    const inner = pack([{ id: client.nextId(), seqno: 1, body: schema.write(ping()) }])
    client.sendBody(pack([{ id: client.nextId(), seqno: 2, body: inner }]), { seqno: 2 })
    expect((await client.hearA('mt_bad_msg_notification')).object).toMatchObject({ errorCode: 64 })

    const id = client.nextId()
    client.sendBody(pack([{ id: id + 4n, seqno: 1, body: schema.write(ping()) }]), { id, seqno: 2 })
    expect((await client.hearA('mt_bad_msg_notification')).object).toMatchObject({ errorCode: 64 })
  })

  it('answers every message of a container', async () => {
    const messages = [1, 2, 3].map((n) => ({ id: client.nextId(), seqno: n * 2 - 1, body: schema.write(ping(n)) }))
    client.sendBody(pack(messages), { seqno: 6 })
    for (const n of [1, 2, 3]) expect((await client.hearA('mt_pong')).object.pingId).toEqual(Long.fromNumber(n))
  })

  it('does a request once, and answers a repetition with the same message', async () => {
    const id = client.send(nearest, { seqno: 1 })
    const answer = await client.hear(({ answerTo }) => answerTo === id)

    client.send(nearest, { id, seqno: 1 })

    expect(await client.hear(({ answerTo }) => answerTo === id)).toEqual(answer)
  })

  it('sends again, under the same ids, what a lost connection left unacknowledged', async () => {
    const id = client.send(nearest)
    const answer = await client.hear(({ answerTo }) => answerTo === id)
    client.close()

    client = await client.again(sandbox)
    client.send(ping())

    expect(await client.hear(({ answerTo }) => answerTo === id)).toEqual(answer)
  })

  it('gets on its next connection what was pushed while it was away', async () => {
    const { id: userId } = sandbox.addUser({ phone: '9996620001', firstName: 'Alice' })
    await logIn(client, sandbox, '9996620001')
    sandbox.dropConnections()
    await client.closed

    const peerId = { _: 'peerUser' as const, userId: 42 }
    sandbox.deliver(userId, { _: 'message', id: 0, peerId, date: 0, message: 'hello' })
    client = await client.again(sandbox)
    client.send(ping())

    const { object } = await client.hearA('updates')
    expect(object).toMatchObject({ updates: [{ _: 'updateNewMessage', message: { message: 'hello' } }] })
  })

  it('forgets what was acknowledged', async () => {
    const id = client.send(nearest)
    const answer = await client.hear(({ answerTo }) => answerTo === id)
    client.send({ _: 'mt_msgs_ack', msgIds: [toLong(answer.id)] })
    client.send({ _: 'mt_msg_resend_req', msgIds: [toLong(answer.id)] })

    expect((await client.hearA('mt_msgs_state_info')).object).toMatchObject({ info: Uint8Array.of(1) })
  })

  it('sends again what it is asked for', async () => {
    const id = client.send(nearest)
    const answer = await client.hear(({ answerTo }) => answerTo === id)
    client.send({ _: 'mt_msg_resend_req', msgIds: [toLong(answer.id)] })
    expect(await client.hear(({ answerTo }) => answerTo === id)).toEqual(answer)
  })

  it('says of a message whether it came, and whether it was answered', async () => {
    const id = client.send(nearest)
    await client.hear(({ answerTo }) => answerTo === id)

    client.send({ _: 'mt_msgs_state_req', msgIds: [toLong(id), toLong(id + 400n)] })

    expect((await client.hearA('mt_msgs_state_info')).object.info).toEqual(Uint8Array.of(4 | 8 | 64, 1))
  })

  it('drops an answer the client no longer wants', async () => {
    const id = client.send(nearest)
    await client.hear(({ answerTo }) => answerTo === id)

    const drop = (reqMsgId: bigint) => client.ask({ _: 'mt_rpc_drop_answer', reqMsgId: toLong(reqMsgId) })
    expect(await drop(id)).toMatchObject({ _: 'mt_rpc_answer_dropped' })
    expect(await drop(4n)).toMatchObject({ _: 'mt_rpc_answer_unknown' })
  })

  it('is closed when no ping came in the time the client set', async () => {
    client.send({ _: 'mt_ping_delay_disconnect', pingId: Long.ONE, disconnectDelay: 1 })
    await client.hearA('mt_pong')
    await client.closed
  })

  it('can end another session of its key, but not itself', async () => {
    const other = await client.again(sandbox, { sessionId: 5n })
    other.send(ping())
    await other.hearA('mt_pong')
    const end = (id: bigint) => client.send({ _: 'mt_destroy_session', sessionId: toLong(id) })

    end(5n)
    expect((await client.hearA('mt_destroy_session_ok')).object.sessionId).toEqual(toLong(5n))
    end(client.sessionId)
    await client.hearA('mt_destroy_session_none')
    other.close()
  })

  it('ends with its key, which is then unknown', async () => {
    client.send({ _: 'mt_destroy_auth_key' })
    await client.hearA('mt_destroy_auth_key_ok')
    client.send(ping())
    await expect(client.hearA('mt_pong')).rejects.toThrow('-404')
  })

  it('refuses what it cannot read, and goes on', async () => {
    const id = client.sendBody(Buffer.from('0102030405060708', 'hex'))
    const { object } = await client.hear(({ answerTo }) => answerTo === id)
    expect(object).toMatchObject({ errorCode: 400, errorMessage: 'INPUT_METHOD_INVALID_67305985_0' })

    expect(await client.ask({ _: 'stories.getAllStories' })).toMatchObject({ errorMessage: 'METHOD_NOT_IMPLEMENTED' })
    expect([...sandbox.unknownMethods]).toEqual(['#04030201', 'stories.getAllStories'])
    expect(await client.ask(nearest)).toMatchObject({ _: 'nearestDc' })
  })

  it('closes on a packet with any bit changed, and serves the next connection', async () => {
    const run = async (at: number, bit: number) => {
      const own = await client.again(sandbox, { sessionId: randomBytes(8).readBigUInt64LE() })
      const packet = Buffer.from(own.sealed(ping()))
      packet[at % packet.length] = packet[at % packet.length]! ^ (1 << bit)
      own.sendRaw(packet)
      await expect(own.hear(() => true)).rejects.toThrow() // closed, or -404 where the key id changed
      own.close()
    }
    await fc.assert(fc.asyncProperty(fc.nat(200), fc.nat(7), run), { numRuns: 40 })
    expect(await client.ask(nearest)).toMatchObject({ _: 'nearestDc' })
  })

  it('survives bodies of every kind under a right key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.boolean(), async (words, packed) => {
        const own = await client.again(sandbox, { sessionId: randomBytes(8).readBigUInt64LE() })
        const body = Buffer.concat([words, Buffer.alloc(-words.length & 3)])
        if (packed) body.writeUInt32LE(words[0]! & 1 ? 0x73f1f8dc : 0x3072cfa1, 0)
        own.sendBody(body, { seqno: 1 })
        await own.hear(() => true).catch(() => undefined)
        own.close()
      }),
      { numRuns: 60 },
    )
    expect(await client.ask(nearest)).toMatchObject({ _: 'nearestDc' })
  })

  it('keeps no more than so many messages, however many are left unacknowledged', async () => {
    const first = client.send(nearest)
    await client.hear(({ answerTo }) => answerTo === first)
    let last = first
    for (let i = 0; i < 600; i++) last = client.send(nearest)
    await client.hear(({ answerTo }) => answerTo === last)
    client.close()

    client = await client.again(sandbox)
    const again: (bigint | undefined)[] = []
    const ponged = client.send(ping())
    await client.hear((heard: Heard) => {
      again.push(heard.answerTo)
      return heard.answerTo === last
    })

    expect(ponged).toBeGreaterThan(last)
    expect(again).not.toContain(first)
    expect(again.filter(Boolean).length).toBeLessThanOrEqual(512)
  })

  describe('under a temporary key', () => {
    const expiresIn = 3600

    it('does nothing before it is bound to a permanent one', async () => {
      const temporary = await RawClient.dial(sandbox, { expiresIn })
      expect(await temporary.ask(nearest)).toMatchObject({ errorCode: 401, errorMessage: 'AUTH_KEY_PERM_EMPTY' })
      temporary.close()
    })

    it.each<[string, boolean, (proof: Buffer) => Buffer]>([
      ['takes the proof of the permanent key', true, (proof) => proof],
      ['refuses a proof that was changed', false, (proof) => Buffer.concat([proof.subarray(0, -1), Buffer.from([(proof.at(-1) ?? 0) ^ 1])])],
      ['refuses a proof too short to be one', false, (proof) => proof.subarray(0, 40)],
    ])('%s', async (_, good, change) => {
      const temporary = await RawClient.dial(sandbox, { expiresIn })
      const expiresAt = Math.floor(Date.now() / 1000) + expiresIn
      const id = temporary.nextId()
      const proof = change(Buffer.from(client.bindingProof(temporary, id, { nonce: 7n, expiresAt })))
      temporary.send(bind(client, proof, expiresAt), { id })

      const { object } = await temporary.hear(({ answerTo }) => answerTo === id)

      expect(object).toMatchObject(good ? { _: 'true' } : { errorMessage: 'ENCRYPTED_MESSAGE_INVALID' })
      expect(await temporary.ask(nearest)).toMatchObject(good ? { _: 'nearestDc' } : { errorCode: 401 })
      temporary.close()
    })

    it('refuses a proof made for another message', async () => {
      const temporary = await RawClient.dial(sandbox, { expiresIn })
      const expiresAt = Math.floor(Date.now() / 1000) + expiresIn
      const proof = client.bindingProof(temporary, temporary.nextId(), { nonce: 7n, expiresAt })
      const answer = await temporary.ask(bind(client, proof, expiresAt))
      expect(answer).toMatchObject({ errorMessage: 'ENCRYPTED_MESSAGE_INVALID' })
      temporary.close()
    })

    it('refuses a proof whose message key is not its hash', async () => {
      const temporary = await RawClient.dial(sandbox, { expiresIn })
      const expiresAt = Math.floor(Date.now() / 1000) + expiresIn
      const id = temporary.nextId()
      const claim = { nonce: 7n, expiresAt, messageKey: randomBytes(16) }
      temporary.send(bind(client, client.bindingProof(temporary, id, claim), expiresAt), { id })

      const { object } = await temporary.hear(({ answerTo }) => answerTo === id)

      expect(object).toMatchObject({ errorMessage: 'ENCRYPTED_MESSAGE_INVALID' })
      temporary.close()
    })

    it('knows the key no longer once it has expired', async () => {
      const temporary = await RawClient.dial(sandbox, { expiresIn })
      shift = 2 * HOUR
      temporary.send(nearest)
      await expect(temporary.hear(() => true)).rejects.toThrow('-404')
      temporary.close()
    })
  })
})

async function logIn(client: RawClient, sandbox: Sandbox, phoneNumber: string): Promise<void> {
  const settings = { _: 'codeSettings' }
  const sent = await client.ask({ _: 'auth.sendCode', phoneNumber, apiId: 1, apiHash: '', settings })
  const phoneCode = await sandbox.codeFor(phoneNumber)
  await client.ask({ _: 'auth.signIn', phoneNumber, phoneCodeHash: sent.phoneCodeHash, phoneCode })
}

const bind = (permanent: RawClient, encryptedMessage: Uint8Array, expiresAt: number) => ({
  _: 'auth.bindTempAuthKey',
  permAuthKeyId: toLong(permanent.key.id),
  nonce: toLong(7n),
  expiresAt,
  encryptedMessage,
})
