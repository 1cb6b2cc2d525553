import type { SentCode, TelegramClient, tl } from '@mtcute/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256, xor } from '../crypto/bytes.js'
import { group, toBytes } from '../crypto/numbers.js'
import { ALICE, town, type Town } from '../testing/clients.js'

const CAROL = { phone: '9996620003', firstName: 'Carol', username: 'carol', password: 'hunter2' }

describe('logging in', () => {
  let place: Town
  let shift: number

  beforeEach(async () => {
    shift = 0
    place = await town({ now: () => new Date(Date.now() + shift) })
  })

  afterEach(() => place.close())

  it('takes a code, after one that was wrong', async () => {
    const client = place.client()
    const codes = ['00000']
    const refused: string[] = []

    const me = await client.start({
      phone: ALICE.phone,
      code: async () => codes.pop() ?? place.sandbox.codeFor(ALICE.phone),
      codeSentCallback: () => undefined,
      invalidCodeCallback: (type) => void refused.push(type),
    })

    expect(refused).toEqual(['code'])
    expect(me).toMatchObject({ id: place.alice, displayName: 'Alice', username: 'alice', isSelf: true })
  })

  it('takes no code that has expired', async () => {
    const client = place.client()
    const { phoneCodeHash } = await sendCode(client, ALICE.phone)
    const phoneCode = await place.sandbox.codeFor(ALICE.phone)
    shift = 301_000

    const late = client.signIn({ phone: ALICE.phone, phoneCodeHash, phoneCode })

    await expect(late).rejects.toMatchObject({ text: 'PHONE_CODE_EXPIRED' })
  })

  it('takes only the newest code once it was sent again', async () => {
    const client = place.client()
    const { phoneCodeHash: first } = await sendCode(client, ALICE.phone)
    const { phoneCodeHash } = await client.resendCode({ phone: ALICE.phone, phoneCodeHash: first })
    const phoneCode = await place.sandbox.codeFor(ALICE.phone)

    const old = client.signIn({ phone: ALICE.phone, phoneCodeHash: first, phoneCode })
    await expect(old).rejects.toMatchObject({ text: 'PHONE_CODE_EXPIRED' })
    expect(await client.signIn({ phone: ALICE.phone, phoneCodeHash, phoneCode })).toMatchObject({ id: place.alice })
  })

  it('sends no code to a number nobody has', async () => {
    const nobody = place.client().sendCode({ phone: '9990000000' })
    await expect(nobody).rejects.toMatchObject({ text: 'PHONE_NUMBER_UNOCCUPIED' })
  })

  it('hands out each code once', async () => {
    await place.login(ALICE.phone)
    const code = place.sandbox.codeFor(ALICE.phone)
    await place.client().sendCode({ phone: ALICE.phone })
    expect(await code).toMatch(/^\d{5}$/)
  })

  it('asks for the two-step password, and again after a wrong one', async () => {
    const { id } = place.sandbox.addUser(CAROL)
    const client = place.client()
    const guesses = ['hunter3', 'hunter2']
    const refused: string[] = []

    const me = await client.start({
      phone: CAROL.phone,
      code: () => place.sandbox.codeFor(CAROL.phone),
      codeSentCallback: () => undefined,
      password: () => guesses.shift()!,
      invalidCodeCallback: (type) => void refused.push(type),
    })

    expect(refused).toEqual(['password'])
    expect(me.id).toBe(id)
  })

  it.each([0n, 1n, 2n])('takes no proof whose A is %s times p, though it needs no password', async (times) => {
    place.sandbox.addUser(CAROL)
    const client = place.client()
    const { phoneCodeHash } = await sendCode(client, CAROL.phone)
    const phoneCode = await place.sandbox.codeFor(CAROL.phone)
    await client.signIn({ phone: CAROL.phone, phoneCodeHash, phoneCode }).catch(() => undefined)
    const { srpId, srpB, currentAlgo } = await client.call({ _: 'account.getPassword' })

    // Any power of such an A is zero, and so is the secret that the proof should depend on.
    const A = toBytes(times * group.p)
    const { salt1, salt2 } = currentAlgo as tl.RawPasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow
    const parameters = xor(sha256(group.prime), sha256(toBytes(BigInt(group.g))))
    const M1 = sha256(parameters, sha256(salt1), sha256(salt2), A, srpB!, sha256(toBytes(0n)))
    const proof = client.call({
      _: 'auth.checkPassword',
      password: { _: 'inputCheckPasswordSRP', srpId: srpId!, A, M1 },
    })

    await expect(proof).rejects.toMatchObject({ text: 'PASSWORD_HASH_INVALID' })
    await expect(client.getMe()).rejects.toMatchObject({ code: 401 })
  })

  it('lets nobody in before the password, or after logging out', async () => {
    const stranger = place.client()
    await expect(stranger.call({ _: 'updates.getState' })).rejects.toMatchObject({ text: 'AUTH_KEY_UNREGISTERED' })

    const alice = await place.login(ALICE.phone)
    await alice.logOut()
    await expect(alice.call({ _: 'updates.getState' })).rejects.toMatchObject({ text: 'AUTH_KEY_UNREGISTERED' })
  })
})

async function sendCode(client: TelegramClient, phone: string): Promise<SentCode> {
  const sent = await client.sendCode({ phone })
  if (!('phoneCodeHash' in sent)) throw new TypeError('logged in without a code')
  return sent
}
