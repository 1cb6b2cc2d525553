import { readFileSync, writeFileSync } from 'node:fs'
import { createVault } from '@chatelaine/client'
import type { tl } from '@mtcute/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gramjs, mtcute, telethon, type Meet } from './userbot-people.js'
import { ANN, keysAnswer, refusal, Stage } from './userbot-stage.js'

const EVE = { phone: '9996620003', firstName: 'Eve', username: 'eve_of_dusk' }
const now = () => Math.floor(Date.now() / 1000)

describe('the userbot', () => {
  let stage: Stage
  let ann: Awaited<ReturnType<typeof mtcute>> | undefined

  beforeEach(async () => {
    stage = await new Stage().open()
    await stage.logIn()
  })

  afterEach(async () => {
    await ann?.close()
    ann = undefined
    await stage.close()
  })

  const raw = (more: Partial<tl.RawMessage>): tl.RawMessage => ({
    _: 'message', id: 0, peerId: { _: 'peerUser', userId: stage.ann.id }, date: now(), message: '/get_keys', ...more,
  })
  const logins = () => stage.vault.audit().filter(({ type, request }) => type === 'response' && request.path === 'auth/telegram/login').length

  it.each<[string, Meet]>([['mtcute', mtcute], ['GramJS', gramjs], ['Telethon', telethon]])(
    'answers /get_keys to somebody on %s, exactly',
    async (_, meet) => {
      await stage.start()
      const person = await meet(stage.sandbox, ANN.phone)

      expect(await person.ask('/get_keys')).toBe(keysAnswer)

      await person.close()
      expect(stage.answers).toEqual([keysAnswer])
      expect([...stage.sandbox.unknownMethods]).toEqual([])
    },
  )

  it('tells a stranger that he is not permitted, whatever he asks, and nothing more', async () => {
    stage.sandbox.addUser(EVE)
    await stage.start()
    const eve = await mtcute(stage.sandbox, EVE.phone)

    for (const text of ['/get_keys', '/help', '/nonsense']) expect(await eve.ask(text)).toBe(refusal)

    await eve.close()
    expect(stage.answers).toEqual([refusal, refusal, refusal])
  })

  it('does not let a stranger make it write without end', async () => {
    stage.sandbox.addUser(EVE)
    await stage.start()
    const eve = await mtcute(stage.sandbox, EVE.phone)
    for (let i = 0; i < 5; i++) await eve.ask('/get_keys')
    const before = logins()
    for (let i = 0; i < 5; i++) await eve.client.sendText('keeper', '/get_keys')
    await expect.poll(logins).toBe(before + 5)
    ann = await mtcute(stage.sandbox, ANN.phone)

    expect(await ann.ask('/get_keys')).toBe(keysAnswer)

    await eve.close()
    expect(stage.answers).toEqual([...Array<string>(5).fill(refusal), keysAnswer])
  })

  it('tells somebody it knows, but whose policy does not go so far, the same as a stranger', async () => {
    await stage.vault.root.write('sys/policies/acl/telegram-keys', { policy: 'path "secret/data/other" { capabilities = ["read"] }' })
    await stage.start()
    ann = await mtcute(stage.sandbox, ANN.phone)

    expect(await ann.ask('/get_keys')).toBe(refusal)
  })

  it('knows people by number: whoever takes over a name is a stranger', async () => {
    stage.sandbox.addUser({ ...EVE, firstName: ANN.firstName })
    await stage.start()
    const eve = await mtcute(stage.sandbox, EVE.phone)

    expect(await eve.ask('/get_keys')).toBe(refusal)
    await eve.close()
  })

  it('ignores what was not said to it by its sender just now', async () => {
    await stage.start()
    ann = await mtcute(stage.sandbox, ANN.phone)
    const { id } = await ann.client.sendText('keeper', 'good morning')
    await ann.client.editMessage({ chatId: 'keeper', message: id, text: '/get_keys' })
    const command = await ann.client.sendText('me', '/get_keys')
    await ann.client.forwardMessagesById({ toChatId: 'keeper', fromChatId: 'me', messages: [command.id] })
    const channel: tl.TypePeer = { _: 'peerChannel', channelId: 77 }
    for (const message of [
      raw({ fwdFrom: { _: 'messageFwdHeader', fromName: 'Ann', date: now() } }),
      raw({ editDate: now() }),
      raw({ peerId: channel, post: true }),
      raw({ peerId: channel, fromId: channel }),
      raw({ peerId: { _: 'peerChat', chatId: 5 }, fromId: { _: 'peerUser', userId: stage.ann.id } }),
      raw({ fromId: channel }),
      raw({ date: now() - 61 }),
    ]) stage.sandbox.deliver(stage.keeper.id, message)

    expect(await ann.ask('/whoami')).toBe(`Telegram id: ${stage.ann.id}\nName: telegram-${stage.ann.id}\nPolicies: default, telegram-keys`)

    expect(stage.answers).toHaveLength(1)
    expect(logins()).toBe(1)
  })

  it('would have answered the same message without what made it ignored', async () => {
    await stage.start()
    ann = await mtcute(stage.sandbox, ANN.phone)
    await ann.ask('/whoami')
    stage.sandbox.deliver(stage.keeper.id, raw({}))

    expect(await stage.answered(2)).toEqual([expect.any(String), keysAnswer])
  })

  it('answers after a restart what came meanwhile', async () => {
    const first = await stage.start()
    ann = await mtcute(stage.sandbox, ANN.phone)
    await ann.ask('/whoami')
    await first.close()
    const asked = ann.ask('/get_keys')
    await stage.start()

    expect(await asked).toBe(keysAnswer)
    expect(stage.answers).toHaveLength(2)
  })

  it('handles a message once, though a restart from an older session is given it again', async () => {
    stage.sandbox.addUser(EVE)
    ann = await mtcute(stage.sandbox, ANN.phone)
    const eve = await mtcute(stage.sandbox, EVE.phone)
    const first = await stage.start()
    await ann.ask('/whoami')
    await first.close()
    const older = readFileSync(stage.settings.sessionFile)
    const second = await stage.start()
    await ann.ask('/get_keys')
    await eve.ask('/get_keys')
    await second.close()
    const before = logins()

    writeFileSync(stage.settings.sessionFile, older)
    await stage.start()
    await expect.poll(logins).toBeGreaterThanOrEqual(before + 2)

    expect(await ann.ask('/get_keys')).toBe(keysAnswer)
    await eve.close()
    expect(stage.answers.filter((one) => one === keysAnswer)).toHaveLength(2)
    expect(stage.answers.filter((one) => one === refusal)).toHaveLength(1)
    expect(stage.reported).toEqual([])
  })

  it('goes on after its connections were dropped', async () => {
    await stage.start()
    ann = await mtcute(stage.sandbox, ANN.phone)
    await ann.ask('/whoami')
    stage.sandbox.dropConnections()

    expect(await ann.ask('/get_keys')).toBe(keysAnswer)
    expect(stage.answers).toHaveLength(2)
  })

  it('sits out a flood wait, says so, and answers after it', async () => {
    await stage.start()
    ann = await mtcute(stage.sandbox, ANN.phone)
    stage.sandbox.floodNext({ method: 'messages.sendMessage', seconds: 1, userId: stage.keeper.id })

    expect(await ann.ask('/get_keys')).toBe(keysAnswer)
    expect(stage.lines).toContain('Telegram asks to wait 1 s before messages.sendMessage.')
  })

  it('finishes the answer that is under way when it is told to stop', async () => {
    const userbot = await stage.start()
    ann = await mtcute(stage.sandbox, ANN.phone)
    stage.sandbox.floodNext({ method: 'messages.sendMessage', seconds: 1, userId: stage.keeper.id })
    const asked = ann.ask('/get_keys')
    await expect.poll(() => stage.lines.join('\n')).toContain('wait 1 s')

    await userbot.close()

    expect(stage.answers).toEqual([keysAnswer])
    expect(await asked).toBe(keysAnswer)
    expect(await userbot.ended).toBeUndefined()
  })

  it('says that the Vault cannot be asked while it is stopped or sealed, and goes on when it is back', async () => {
    const later = 'The Vault cannot be asked right now. Please try again in a moment.'
    await stage.start()
    ann = await mtcute(stage.sandbox, ANN.phone)

    await stage.vault.stop()
    expect(await ann.ask('/get_keys')).toBe(later)
    await stage.vault.start()
    expect(await ann.ask('/get_keys')).toBe(keysAnswer)
    await stage.vault.server.core.seal()
    expect(await ann.ask('/get_keys')).toBe(later)
    await stage.vault.server.core.unseal()
    expect(await ann.ask('/get_keys')).toBe(keysAnswer)
    expect(stage.reported).toHaveLength(2)
  })

  it('blames its own token when that has ended, not the sender, and ends with the reason', async () => {
    const userbot = await stage.start()
    ann = await mtcute(stage.sandbox, ANN.phone)
    await stage.vault.root.write('auth/token/revoke', { token: stage.token })

    expect(await ann.ask('/get_keys')).toBe('The Vault cannot be asked right now: it no longer admits this userbot. Waiting does not help; please tell whoever runs it.')
    expect(await userbot.ended).toMatchObject({ code: 'telega.tokenGone', message: expect.stringContaining('setup-userbot -force') })
  })

  it('renews its own token, and so outlives what it was given', async () => {
    stage.token = await stage.vault.token({ period: '6s' })
    stage.writeEnv({})
    await stage.start()
    const renewals = () => stage.vault.audit().filter(({ type, request }) => type === 'response' && request.path === 'auth/token/renew-self').length
    // Each comes after two thirds of the six seconds.
    await expect.poll(renewals, { timeout: 40_000 }).toBeGreaterThanOrEqual(3)
    ann = await mtcute(stage.sandbox, ANN.phone)

    expect(await ann.ask('/get_keys')).toBe(keysAnswer)
    expect(stage.reported).toEqual([])
  })

  it('says when Telegram has ended its session', async () => {
    const userbot = await stage.start()
    stage.sandbox.forgetKeys()
    stage.sandbox.dropConnections()

    expect(await userbot.ended).toMatchObject({ code: 'telega.signedOut' })
  })

  it('sends what is too long for one message in parts', async () => {
    const hash = Array.from({ length: 1200 }, (_, i) => `line ${i}`).join('\n')
    await stage.vault.root.write('secret/data/telegram', { data: { api_id: '1', api_hash: hash } })
    await stage.start()
    ann = await mtcute(stage.sandbox, ANN.phone)
    await ann.ask('/get_keys')

    expect((await stage.answered(3)).join('\n')).toBe(`API_ID: 1\nAPI_HASH: ${hash}`)
  })

  it('is in the audit log as the person it asks for, and no secret is', async () => {
    await stage.start()
    ann = await mtcute(stage.sandbox, ANN.phone)
    await ann.ask('/get_keys')

    const reads = stage.vault.audit().filter(({ request }) => request.path === 'secret/data/telegram')
    expect(reads.length).toBeGreaterThan(0)
    for (const { auth } of reads) expect(auth?.display_name).toBe(`telegram-${stage.ann.id}`)
    const text = readFileSync(stage.vault.auditFile, 'utf8') + readFileSync(`${stage.folder}/server.log`, 'utf8') + stage.lines.join('\n')
    for (const secret of ['abcdef1234567890', stage.token, stage.vault.rootToken]) expect(text).not.toContain(secret)
  })

  it('may by itself read nothing, and root may not speak for anybody', async () => {
    const own = createVault({ address: stage.vault.address, token: stage.token })
    const message = { user_id: stage.ann.id, chat_id: stage.ann.id, message_id: 1, sent_at: now() }

    await expect(own.read('secret/data/telegram')).rejects.toMatchObject({ status: 403 })
    await expect(own.as(stage.vault.rootToken).write('auth/telegram/login', message)).rejects.toMatchObject({ status: 403 })
    await expect(own.as(undefined).write('auth/telegram/login', message)).rejects.toMatchObject({ status: 403 })
    expect((await own.write('auth/telegram/login', message)).auth?.token_policies).toContain('telegram-keys')
  })
})
