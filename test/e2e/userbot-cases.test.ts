import { createVault } from '@chatelaine/client'
import type { tl } from '@mtcute/core'
import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { gramjs, mtcute, telethon, type Meet } from './userbot-people.js'
import { ANN, keysAnswer, refusal, Stage } from './userbot-stage.js'

const EVE = { phone: '9996620003', firstName: 'Eve', username: 'eve_of_dusk' }
const askAgain = 'That came too late to be answered. Please ask again.'

describe('a conversation with the userbot', () => {
  let stage: Stage
  let ann: Awaited<ReturnType<typeof mtcute>> | undefined
  let ahead = 0

  const open = async (begin: () => Promise<Stage> = () => new Stage().open()) => {
    stage = await begin()
    await stage.logIn()
  }
  beforeEach(() => void (ahead = 0))
  afterEach(async () => {
    await ann?.close()
    ann = undefined
    await stage.close()
  })

  const now = () => Math.floor(Date.now() / 1000) + ahead
  const raw = (more: Partial<tl.RawMessage>): tl.RawMessage => ({
    _: 'message', id: 0, peerId: { _: 'peerUser', userId: stage.ann.id }, date: now(), message: '/get_keys', ...more,
  })
  const lines = () => stage.lines.join('\n')
  const keep = (hash: string) => stage.vault.root.write('secret/data/telegram', { data: { api_id: '1', api_hash: hash } })

  describe('about commands that are none', () => {
    const mistyped = [
      '/get-keys', '/get_keys.', '/get_keys!', '/get_keys\u200b', '\u200b/get_keys', '/g\u0435t_keys', '/get_k\u0435ys', '\uff0fget_keys', '\u2215get_keys',
      '/GET-KEYS', '/get_keys@', '/get_keys@keeper.', '@keeper /get_keys', '/get_keys\u2026', '/get\u00a0keys?', '/', '//get_keys', '/1', '\\get_keys',
      '/ get_keys', '/\u0430bc', 'get_keys', 'Get-Keys!', '/etc/passwd', '/get_keys\u202e', '/\u{1d420}et_keys', '/ge\u0301t_keys',
    ]

    it('says so to somebody known, by whatever sign they were mistyped, and nothing to a stranger', async () => {
      await open()
      stage.sandbox.addUser(EVE)
      await stage.start()
      ann = await mtcute(stage.sandbox, ANN.phone)
      const eve = await mtcute(stage.sandbox, EVE.phone)

      for (const text of mistyped) await eve.client.sendText('keeper', text)
      for (const text of mistyped) expect([text, await ann.ask(text)]).toEqual([text, expect.stringMatching(/^There is no (such command|\/\w+)\. \/help says what there is\.$/)])

      // A stranger's own command is answered as ever, and was the first thing a stranger was told.
      expect(await eve.ask('/get_keys')).toBe(refusal)
      await eve.close()
      expect(stage.answers.filter((one) => one === refusal)).toHaveLength(1)
      expect(stage.answers).toHaveLength(mistyped.length + 1)
    })

    it('still carries out what is spelled in capitals or names the userbot, and is silent to what is no command', async () => {
      await open()
      await stage.start()
      ann = await mtcute(stage.sandbox, ANN.phone)

      for (const text of ['hello', 'get me the keys', 'I think/hope so', 'help me please', '…', 'привет']) await ann.client.sendText('keeper', text)
      for (const text of ['/GET_KEYS', '/get_keys@keeper', '/get_keys ']) expect(await ann.ask(text)).toBe(keysAnswer)

      expect(stage.answers).toHaveLength(3)
    })

    it('tells the operator once that what the account writes to itself is not answered', async () => {
      await open()
      await stage.start()
      for (const text of ['/get_keys', '/help']) stage.sandbox.deliver(stage.keeper.id, raw({ peerId: { _: 'peerUser', userId: stage.keeper.id }, message: text }))

      await expect.poll(lines).toContain('This account wrote a command to itself, which is not answered: write to it from another account.')
      expect(stage.lines.filter((line) => line.includes('to itself'))).toHaveLength(1)
      expect(stage.answers).toEqual([])
    })
  })

  describe('with clocks that are off', () => {
    it.each([120, -120, 7200, -7200, 86_400 * 3, -86_400 * 3])('answers, and says so, when Telegram is %i seconds ahead of this machine', async (seconds) => {
      ahead = seconds
      let configs = 0
      const log = (line: string) => void (line.startsWith('help.getConfig') && configs++)
      await open(() => new Stage().open({ now: () => new Date(Date.now() + ahead * 1000), log }))
      await stage.start()
      ann = await mtcute(stage.sandbox, ANN.phone)
      const before = configs

      expect(await ann.ask('/get_keys')).toBe(keysAnswer)

      expect(lines()).toMatch(new RegExp(`This machine's clock is ${Math.abs(seconds)} seconds ${seconds > 0 ? 'behind' : 'ahead of'} Telegram's\\. Set it`))
      expect(configs - before).toBeLessThan(5)
    })

    it('says nothing where they agree', async () => {
      await open()
      await stage.start()
      expect(lines()).not.toContain('clock')
    })

    it('goes by Telegram\'s clock when that is found to have moved, and says so', async () => {
      await open(() => new Stage().open({ now: () => new Date(Date.now() + ahead * 1000) }))
      await stage.start()
      ann = await mtcute(stage.sandbox, ANN.phone)
      expect(await ann.ask('/get_keys')).toBe(keysAnswer)
      ahead = 200
      stage.sandbox.dropConnections()

      expect(await ann.ask('/get_keys')).toBe(keysAnswer)

      expect(lines()).toContain("This machine's clock is 200 seconds behind Telegram's.")
      expect(stage.reported).toEqual([])
    })
  })

  describe('over a connection that dies without a word', () => {
    it('connects anew within half a minute, says so, and answers what was asked meanwhile', async () => {
      await open()
      await stage.start()
      ann = await mtcute(stage.sandbox, ANN.phone)
      await ann.ask('/whoami')
      stage.sandbox.silenceConnections(stage.keeper.id)

      expect(await ann.ask('/get_keys')).toBe(keysAnswer)

      expect(lines()).toMatch(/Telegram at 127\.0\.0\.1:\d+ has sent nothing for 25 seconds, so the connection is made anew\./)
      expect(lines()).toContain('Telegram answers again.')
    }, 120_000)

    it('writes down what came too late, and tells those whom it knows to ask again', async () => {
      await open()
      const eve = stage.sandbox.addUser(EVE)
      await stage.start()
      ann = await mtcute(stage.sandbox, ANN.phone)
      await ann.ask('/whoami')

      stage.sandbox.deliver(stage.keeper.id, raw({ date: now() - 90 }))
      stage.sandbox.deliver(stage.keeper.id, raw({ date: now() - 90, peerId: { _: 'peerUser', userId: eve.id } }))
      stage.sandbox.deliver(stage.keeper.id, raw({ date: now() - 90, message: 'only words' }))

      expect((await stage.answered(2))[1]).toBe(askAgain)
      await expect.poll(lines).toMatch(new RegExp(`A command of ${eve.id} is 9\\d seconds old and was not carried out\\.`))
      expect(lines()).toMatch(new RegExp(`A command of ${stage.ann.id} is 9\\d seconds old and was not carried out; its sender is told to ask again\\.`))
      expect(stage.answers).toHaveLength(2)
    })
  })

  describe('with long answers', () => {
    it.each<[string, Meet & ((...of: never[]) => Promise<{ fetched(): Promise<{ name: string; text: string }> }>)]>([
      ['mtcute', mtcute as never], ['GramJS', gramjs as never], ['Telethon', telethon as never],
    ])('sends a file instead of many messages, which %s can open', async (_, meet) => {
      const hash = Array.from({ length: 30_000 }, (_, i) => `ключ ${i}`).join('\n').slice(0, 300_000)
      await open()
      await keep(hash)
      await stage.start()
      const person = await meet(stage.sandbox, ANN.phone)

      const caption = await person.ask('/get_keys')

      const text = `API_ID: 1\nAPI_HASH: ${hash}`
      expect(caption).toBe(`The answer is too long for messages: its ${text.length} characters are in this file.`)
      expect(await person.fetched()).toEqual({ name: 'get_keys.txt', text })
      await person.close()
      expect(stage.answers).toHaveLength(1)
      expect([...stage.sandbox.unknownMethods]).toEqual([])
    })

    it('sends no file to somebody whose policy does not go so far', async () => {
      await open()
      await keep('x'.repeat(300_000))
      await stage.vault.root.write('sys/policies/acl/telegram-keys', { policy: 'path "secret/data/other" { capabilities = ["read"] }' })
      await stage.start()
      ann = await mtcute(stage.sandbox, ANN.phone)

      expect(await ann.ask('/get_keys')).toBe(refusal)
    })
  })

  describe('while Telegram lets nothing be written', () => {
    it('keeps the answers of an hour, says so, and says to whom they were not sent when it ends', async () => {
      await open()
      const userbot = await stage.start()
      ann = await mtcute(stage.sandbox, ANN.phone)
      stage.sandbox.floodNext({ method: 'messages.sendMessage', seconds: 3600, userId: stage.keeper.id })
      for (let i = 0; i < 2; i++) await ann.client.sendText('keeper', '/get_keys')

      await expect.poll(lines).toContain('Telegram lets this account send nothing for 3600 seconds (1 hour). Answers are kept until then; 1 so far.')
      await vi.waitUntil(() => stage.vault.audit().filter(({ type, request }) => type === 'response' && request.path === 'secret/data/telegram').length >= 2, { timeout: 20_000 })
      await userbot.close()

      expect(stage.reported).toContainEqual(expect.objectContaining({
        code: 'telega.answersLost', details: { count: 2, to: `${stage.ann.id} (2)`, reason: expect.stringContaining('ended') },
      }))
    })

    it.each([['PEER_FLOOD', 400, '@SpamBot'], ['USER_IS_BLOCKED', 400, 'unblock']])('says whom it could not answer at %s, and what to do', async (text, code, words) => {
      await open()
      await stage.start()
      ann = await mtcute(stage.sandbox, ANN.phone)
      stage.sandbox.refuseNext({ method: 'messages.sendMessage', code, text, userId: stage.keeper.id })
      await ann.client.sendText('keeper', '/get_keys')

      await expect.poll(() => stage.reported).toContainEqual(expect.objectContaining({
        code: 'telega.unanswered', message: expect.stringMatching(new RegExp(`^the answer to ${stage.ann.id} was not sent: .*${words}`)),
      }))
    })
  })

  describe('when its own token has ended', () => {
    it('takes the new one that an operator has written into .env, and answers the very question', async () => {
      await open()
      await stage.start()
      ann = await mtcute(stage.sandbox, ANN.phone)
      await ann.ask('/whoami')
      await stage.vault.root.write('auth/token/revoke', { token: stage.token })
      stage.token = await stage.vault.token()
      stage.writeEnv({})

      expect(await ann.ask('/get_keys')).toBe(keysAnswer)

      expect(lines()).toContain("The userbot's own token had ended; the new VAULT_TOKEN in .env is used from now on.")
      const own = await createVault({ address: stage.vault.address, token: stage.token }).read('auth/token/lookup-self')
      expect(own?.['policies']).toContain('userbot')
    })

    it('ends by itself at the end of a token that cannot be renewed, with the reason', async () => {
      await open()
      stage.token = await stage.vault.token({ period: undefined, ttl: '3s', renewable: false })
      stage.writeEnv({})
      const userbot = await stage.start()

      expect(await userbot.ended).toMatchObject({ code: 'telega.tokenGone' })
    })

    it('does not take a root token in its place', async () => {
      await open()
      const userbot = await stage.start()
      ann = await mtcute(stage.sandbox, ANN.phone)
      await stage.vault.root.write('auth/token/revoke', { token: stage.token })
      stage.writeEnv({ VAULT_TOKEN: stage.vault.rootToken })

      expect(await ann.ask('/get_keys')).toContain('please tell whoever runs it')
      expect(await userbot.ended).toMatchObject({ code: 'telega.tokenGone' })
    })
  })

  it.each([
    ['USER_DEACTIVATED_BAN', 401, 'telega.banned'], ['USER_DEACTIVATED', 401, 'telega.accountGone'], ['AUTH_KEY_DUPLICATED', 406, 'telega.usedTwice'],
  ])('names the end of its session at %s as what it is', async (text, code, told) => {
    await open()
    stage.sandbox.refuseNext({ method: 'users.getUsers', code, text, userId: stage.keeper.id })
    await expect(stage.start()).rejects.toMatchObject({ code: told })

    const userbot = await stage.start()
    stage.sandbox.refuseNext({ method: 'users.getUsers', code, text, userId: stage.keeper.id })
    stage.sandbox.dropConnections()
    expect(await userbot.ended).toMatchObject({ code: told })
  })

  it('has no line of .env that it does not understand', async () => {
    await open()
    writeFileSync(stage.settings.envFile, `export VAULT_ADDR="${stage.vault.address}"\nexport VAULT_TOKEN='${stage.token}'\nTELEGRAM_SERVER: ${stage.sandbox.host}:${stage.sandbox.port}\n`, { mode: 0o600 })
    await stage.start()
    ann = await mtcute(stage.sandbox, ANN.phone)

    expect(await ann.ask('/get_keys')).toBe(keysAnswer)
  })
})
