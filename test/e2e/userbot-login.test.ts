import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { generateSession, type SessionIo } from '@chatelaine/telega'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { tl } from '@mtcute/core'
import { KEEPER, Stage } from './userbot-stage.js'

const program = resolve('apps/chatelaine/bin/chatelaine.mjs')
const OTHER = { phone: '9996620044', firstName: 'Other', username: 'other_keeper' }

/** A value, or what finds one out when it is asked for. */
type Given = string | (() => Promise<string>)

/** Answers by the words of the question, in order, and remembers what was said. */
function scripted(answers: Readonly<Record<string, readonly Given[]>>) {
  const left = Object.entries(answers).map(([words, list]) => ({ words, list: [...list] }))
  const said: string[] = []
  const asked: string[] = []
  const io: SessionIo = {
    async ask(question) {
      const next = left.find(({ words }) => question.includes(words))?.list.shift()
      if (next === undefined) throw new Error(`no answer to "${question}"`)
      asked.push(question)
      return typeof next === 'string' ? next : next()
    },
    say: (line) => void said.push(line),
  }
  return { io, said, asked }
}

describe('logging the userbot in', () => {
  let stage: Stage
  let ahead = 0
  beforeEach(async () => {
    ahead = 0
    stage = await new Stage().open({ now: () => new Date(Date.now() + ahead * 1000) })
  })
  afterEach(() => stage.close())

  const codeOf = (phone: string) => () => stage.sandbox.codeFor(phone)
  const logIn = (phone: string) => generateSession(stage.settings, scripted({ 'Phone number': [phone], 'code Telegram': [codeOf(phone)], 'Log ': ['yes'] }).io)

  it('tells a code that has expired from one that is wrong, and sends a new one', async () => {
    const expired = async () => {
      const code = await stage.sandbox.codeFor(KEEPER.phone)
      ahead = 301
      return code
    }
    const { io, said } = scripted({ 'Phone number': [KEEPER.phone], 'code Telegram': [expired, codeOf(KEEPER.phone)] })

    expect((await generateSession(stage.settings, io)).id).toBe(stage.keeper.id)

    expect(said).toContainEqual(expect.stringMatching(/no longer good: it has expired.*A new one is being sent/))
    expect(said.filter((line) => line.startsWith('Telegram has sent you a code'))).toHaveLength(2)
  })

  it('sends a new code after too many wrong ones', async () => {
    const { io, said } = scripted({ 'Phone number': [KEEPER.phone], 'code Telegram': ['00000', '00001', '00002', '00003', '00004', '00005', codeOf(KEEPER.phone)] })

    expect((await generateSession(stage.settings, io)).id).toBe(stage.keeper.id)

    expect(said.filter((line) => line.startsWith('That is not the code'))).toHaveLength(5)
    expect(said).toContainEqual(expect.stringContaining('a wrong one was given too often. A new one is being sent'))
  })

  it.each<[string, tl.auth.TypeSentCodeType, string]>([
    ['the app', { _: 'auth.sentCodeTypeApp', length: 5 }, 'in the Telegram app'],
    ['SMS', { _: 'auth.sentCodeTypeSms', length: 5 }, 'by SMS'],
    ['a word by SMS', { _: 'auth.sentCodeTypeSmsWord', beginning: 'a' }, 'by SMS: it is a word that begins with "a"'],
    ['a call', { _: 'auth.sentCodeTypeCall', length: 5 }, 'by a phone call, in which it is read'],
    ['a missed call', { _: 'auth.sentCodeTypeMissedCall', prefix: '+44', length: 4 }, 'last 4 digits of the number that calls, which begins with +44'],
    ['e-mail', { _: 'auth.sentCodeTypeEmailCode', emailPattern: 'a***@b.example\u001b[2J', length: 6 }, 'by e-mail to a***@b.example[2J.'],
    ['an anonymous number', { _: 'auth.sentCodeTypeFragmentSms', url: 'https://fragment.com/x', length: 5 }, 'shown at https://fragment.com/x'],
  ])('names %s as the place where the code went', async (_, codeBy, words) => {
    const phone = '9996620055'
    stage.sandbox.addUser({ phone, firstName: 'Coded', username: 'coded', codeBy })
    const { io, said } = scripted({ 'Phone number': [phone], 'code Telegram': [codeOf(phone)] })

    await generateSession(stage.settings, io)

    expect(said[0]).toContain(words)
    expect(said[0]).toMatch(/^Telegram has sent you a code/)
  })

  it('asks again, in words of its own, for what is empty or mistyped', async () => {
    stage.sandbox.refuseNext({ method: 'auth.sendCode', code: 406, text: 'PHONE_NUMBER_INVALID' })
    const { io, said } = scripted({
      'Phone number': ['', 'my number', '12', '99966 20001 x', '1', KEEPER.phone, '+999 662-00 (01)'], 'code Telegram': ['', '  ', codeOf(KEEPER.phone)],
    })

    expect((await generateSession(stage.settings, io)).id).toBe(stage.keeper.id)

    expect(said.filter((line) => line.includes('not a phone number'))).toHaveLength(6)
    expect(said.filter((line) => line.startsWith('Type the code'))).toHaveLength(2)
  })

  it('does not ask without end', async () => {
    const { io } = scripted({ 'Phone number': Array<string>(50).fill('') })
    await expect(generateSession(stage.settings, io)).rejects.toMatchObject({ code: 'telega.tooManyAnswers' })
  })

  it.each([
    ['PHONE_PASSWORD_FLOOD', 406, 'logged in with too often'], ['UPDATE_APP_TO_LOGIN', 406, 'Update Chatelaine'], ['PHONE_NUMBER_BANNED', 400, 'banned'],
    ['API_ID_PUBLISHED_FLOOD', 400, 'application of your own'], ['AUTH_RESTART', 500, 'begin anew'], ['NEVER_HEARD_OF', 400, 'NEVER_HEARD_OF'],
  ])('says in a sentence what Telegram means by %s', async (text, code, words) => {
    stage.sandbox.refuseNext({ method: 'auth.sendCode', code, text, times: 9 })
    const { io } = scripted({ 'Phone number': [KEEPER.phone] })

    await expect(generateSession(stage.settings, io)).rejects.toMatchObject({ code: 'telega.refused', message: expect.stringContaining(words) })
  })

  it('takes a password as it is typed, blanks and all, also from a pipe', async () => {
    const phone = '9996620066'
    stage.sandbox.addUser({ phone, firstName: 'Guarded', username: 'guarded', password: ' hunter2 ' })
    const child = spawn(process.execPath, [program, 'generate-session', `-folder=${stage.folder}`], { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } })
    const out: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => out.push(chunk))
    child.stdin.write(`${phone}\n`)
    child.stdin.write(`${await stage.sandbox.codeFor(phone)}\nhunter2\n hunter2 \n`)
    const [status] = await once(child, 'exit')

    expect([status, Buffer.concat(out).toString()]).toEqual([0, expect.stringContaining('Logged in as Guarded')])
    expect(Buffer.concat(out).toString()).toContain('That is not the password.')
  })

  describe('where there is a session already', () => {
    beforeEach(() => {
      stage.sandbox.addUser(OTHER)
      return stage.logIn()
    })

    const before = () => readFileSync(stage.settings.sessionFile, 'utf8')

    it('asks before another account is replaced, and logs that one out', async () => {
      const { io, said, asked } = scripted({ 'Phone number': [OTHER.phone], 'code Telegram': [codeOf(OTHER.phone)], 'Log Keeper out': ['yes'] })
      const old = before()

      expect((await generateSession(stage.settings, io)).name).toBe('Other')

      expect(asked.at(-1)).toContain('Log Keeper out and put Other in its place?')
      expect(said).toContain('The session of Keeper that was there before is logged out.')
      expect((await stage.start()).name).toBe('Other')
      await stage.userbots.at(-1)!.close()
      writeFileSync(stage.settings.sessionFile, old)
      await expect(stage.start()).rejects.toMatchObject({ code: 'telega.signedOut' })
    })

    it.each(['no', '', 'n'])('leaves it as it was at the answer "%s", and ends the new login', async (answer) => {
      const old = before()
      const { io } = scripted({ 'Phone number': [OTHER.phone], 'code Telegram': [codeOf(OTHER.phone)], 'Log Keeper out': [answer] })

      await expect(generateSession(stage.settings, io)).rejects.toMatchObject({ code: 'telega.keptOther' })

      expect(before()).toBe(old)
      expect((await stage.start()).name).toBe('Keeper')
    })

    it('logs the old login of the same account out without a question', async () => {
      const old = before()
      const { io, said } = scripted({ 'Phone number': [KEEPER.phone], 'code Telegram': [codeOf(KEEPER.phone)] })

      await generateSession(stage.settings, io)

      expect(said).toContain('The session of Keeper that was there before is logged out.')
      writeFileSync(stage.settings.sessionFile, old)
      await expect(stage.start()).rejects.toMatchObject({ code: 'telega.signedOut' })
    })

    it.each([
      ['whose key is gone', () => stage.vault.root.delete('secret/metadata/telega/session-key')],
      ['that is damaged', async () => writeFileSync(stage.settings.sessionFile, 'nonsense')],
    ])('says how to end one by hand %s', async (_, damage) => {
      await damage()
      const { io, said } = scripted({ 'Phone number': [OTHER.phone], 'code Telegram': [codeOf(OTHER.phone)] })

      await generateSession(stage.settings, io)

      expect(said.at(-1)).toMatch(/cannot be opened to be logged out.*under Settings, Devices/)
      expect((await stage.start()).name).toBe('Other')
    })
  })

  describe('when the key for sessions in the Vault', () => {
    const path = 'secret/data/telega/session-key'

    it.each([
      ['was deleted', 'telega.deletedSessionKey', () => stage.vault.root.delete(path)],
      ['was destroyed', 'telega.noSessionKey', () => stage.vault.root.write('secret/destroy/telega/session-key', { versions: [1] })],
      ['is of 16 bytes', 'telega.damagedSessionKey', () => stage.vault.root.write(path, { data: { key: Buffer.alloc(16).toString('base64') } })],
      ['is something else', 'telega.damagedSessionKey', () => stage.vault.root.write(path, { data: { other: 1 } })],
      ['is no text', 'telega.damagedSessionKey', () => stage.vault.root.write(path, { data: { key: 17 } })],
    ])('%s, says what to do and mends it at the next login', async (_, code, damage) => {
      await stage.logIn()
      await damage()
      await expect(stage.start()).rejects.toMatchObject({ code, message: expect.stringContaining('generate-session') })

      await stage.logIn()

      expect(stage.lines).toContainEqual(expect.stringContaining('a new one was written over it'))
      expect((await stage.start()).name).toBe('Keeper')
    })

    it('was deleted, can be brought back by the command that is told', async () => {
      await stage.logIn()
      await stage.vault.root.delete(path)
      const told = await stage.start().catch((error: Error) => error.message)
      expect(told).toContain('kv undelete -versions=1 secret/telega/session-key')
      await stage.vault.root.write('secret/undelete/telega/session-key', { versions: [1] })

      expect((await stage.start()).name).toBe('Keeper')
    })

    it('has no place to be in, is told how to make one', async () => {
      await stage.vault.root.delete('sys/mounts/secret')
      await expect(logIn(KEEPER.phone)).rejects.toMatchObject({ code: 'telega.noRoomForKey', message: expect.stringContaining('secrets enable') })
    })
  })

  it('names the file and the reason when the folder cannot be written', async () => {
    rmSync(join(stage.folder, 'telega'), { recursive: true })
    writeFileSync(join(stage.folder, 'telega'), '')
    await expect(logIn(KEEPER.phone)).rejects.toMatchObject({ code: 'telega.unreadable', message: expect.stringMatching(/session_keys\.json.*\(ENOTDIR\)/) })

    rmSync(join(stage.folder, 'telega'))
    mkdirSync(join(stage.folder, 'telega', 'session.sealed.lock'), { recursive: true })
    writeFileSync(stage.settings.keysFile, '{ "api_id": "123456", "api_hash": "abcdef1234567890" }')
    await expect(logIn(KEEPER.phone)).rejects.toMatchObject({ code: 'telega.unwritable', message: expect.stringMatching(/session\.sealed.*\(EISDIR\)/) })
  })
})
