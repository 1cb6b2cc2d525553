import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generateSession, startUserbot, type SessionIo, type Settings } from '@chatelaine/telega'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mtcute } from './userbot-people.js'
import { ANN, KEEPER, keysAnswer, Stage } from './userbot-stage.js'

const passphrase = 'correct horse battery staple'

/** Answers questions in order, and remembers what was asked and said. */
function scripted(stage: Stage, answers: Readonly<Record<string, readonly (string | 'the code')[]>>) {
  const left = Object.fromEntries(Object.entries(answers).map(([name, list]) => [name, [...list]]))
  const asked: string[] = []
  const hidden: string[] = []
  const said: string[] = []
  const io: SessionIo = {
    async ask(question, options) {
      const name = Object.keys(left).find((one) => question.includes(one))
      const next = name === undefined ? undefined : left[name]?.shift()
      if (name === undefined || next === undefined) throw new Error(`no answer to "${question}"`)
      asked.push(name)
      if (options?.hidden) hidden.push(name)
      return next === 'the code' ? stage.sandbox.codeFor(KEEPER.phone) : next
    },
    say: (line) => void said.push(line),
  }
  return { io, asked, hidden, said }
}

describe('generate-session', () => {
  let stage: Stage
  beforeEach(async () => void (stage = await new Stage().open()))
  afterEach(() => stage.close())

  const files = () => readdirSync(dirname(stage.settings.sessionFile)).sort()

  it('asks for phone and code, again after a wrong code, and keeps the session sealed with a key that is in the Vault', async () => {
    const { io, asked, said } = scripted(stage, { 'Phone number': [` +${KEEPER.phone} `], 'code Telegram': ['00000', 'the code'] })

    const me = await generateSession(stage.settings, io)

    expect(me).toEqual({ id: stage.keeper.id, name: 'Keeper' })
    expect(asked).toEqual(['Phone number', 'code Telegram', 'code Telegram'])
    expect(said).toEqual([
      'Telegram has sent you a code as a message in the Telegram app, on a device where this account is logged in.',
      'That is not the code. Look again for the newest one.',
      `Logged in as Keeper (${me.id}).`,
      `The session is in ${stage.settings.sessionFile}, sealed with a key that is in the Vault.`,
    ])
    expect(files()).toEqual(['session.sealed', 'session.sealed.lock', 'session_keys.json'])
    const key = (await stage.vault.root.read('secret/data/telega/session-key'))?.['data'] as { key: string }
    const sealed = readFileSync(stage.settings.sessionFile, 'utf8')
    for (const open of [key.key, '127.0.0.1', 'auth', 'Keeper']) expect(sealed).not.toContain(open)
  })

  it('makes a session that works from one start to the next without asking again', async () => {
    await stage.logIn()
    const first = await stage.start()
    await first.close()
    const again = await stage.start()
    const ann = await mtcute(stage.sandbox, ANN.phone)

    expect(again).toMatchObject({ id: first.id, name: 'Keeper' })
    expect(await ann.ask('/get_keys')).toBe(keysAnswer)
    await ann.close()
  })

  it('puts nothing in the place of an older session until somebody is logged in', async () => {
    await stage.logIn()
    const before = readFileSync(stage.settings.sessionFile)
    const { io } = scripted(stage, { 'Phone number': [KEEPER.phone], 'code Telegram': ['00000'] })

    await expect(generateSession(stage.settings, io)).rejects.toThrow('no answer')

    expect(readFileSync(stage.settings.sessionFile)).toEqual(before)
    expect(files()).toEqual(['session.sealed', 'session.sealed.lock', 'session_keys.json'])
    await stage.start()
  })

  it.each([
    ['a phone number of nobody', '9996629999', 'telega.refused', 'nobody has a Telegram account'],
  ])('says what is wrong with %s', async (_, phone, code, words) => {
    const { io } = scripted(stage, { 'Phone number': [phone] })

    const failed = generateSession(stage.settings, io)

    await expect(failed).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
    expect(files()).toEqual(['session.sealed.lock', 'session_keys.json'])
  })

  it('tells a long flood wait instead of sitting it out', async () => {
    stage.sandbox.floodNext({ method: 'auth.sendCode', seconds: 3600 })
    const { io } = scripted(stage, { 'Phone number': [KEEPER.phone] })

    await expect(generateSession(stage.settings, io)).rejects.toMatchObject({ code: 'telega.wait', details: { seconds: 3600 } })
  })

  it('is refused while the userbot runs on the session, and possible again afterwards', async () => {
    await stage.logIn()
    const userbot = await stage.start()

    await expect(stage.logIn()).rejects.toMatchObject({ code: 'lock.held' })
    await expect(startUserbot(stage.settings, { say: () => undefined, report: () => undefined })).rejects.toMatchObject({ code: 'lock.held' })

    await userbot.close()
    await stage.logIn()
  })

  it('waits for no lock whose holder was killed', async () => {
    await stage.logIn()
    const lock = `${stage.settings.sessionFile}.lock`
    const holder = spawn('bash', ['-c', 'exec 9>"$0"; flock 9; echo held; exec sleep 60', lock], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    await expect(stage.start()).rejects.toMatchObject({ code: 'lock.held' })

    holder.kill('SIGKILL')
    await once(holder, 'exit')

    await stage.start()
  })
})

describe('generate-session with a two-step password', () => {
  it('asks for it, hidden, again after a wrong one', async () => {
    const stage = await new Stage().open()
    const phone = '9996620009'
    stage.sandbox.addUser({ phone, firstName: 'Guarded', username: 'guarded', password: ' hunter2 ' })
    const { io, asked, hidden, said } = scripted(stage, {
      'Phone number': [phone], 'code Telegram': ['00000', 'guarded code'], 'Two-step': ['hunter2', ' hunter2 '],
    })
    const ask: SessionIo['ask'] = async (question, options) => {
      const answer = await io.ask(question, options)
      return answer === 'guarded code' ? stage.sandbox.codeFor(phone) : answer
    }

    const me = await generateSession(stage.settings, { ...io, ask })

    expect(me.name).toBe('Guarded')
    expect(asked).toEqual(['Phone number', 'code Telegram', 'code Telegram', 'Two-step', 'Two-step'])
    expect(hidden).toEqual(['Two-step', 'Two-step'])
    expect(said.slice(1, 3)).toEqual(['That is not the code. Look again for the newest one.', 'That is not the password.'])
    await stage.close()
  })
})

describe('a session', () => {
  let stage: Stage
  beforeEach(async () => void (stage = await new Stage().open()))
  afterEach(() => stage.close())

  const quiet = { say: () => undefined, report: () => undefined }
  const withoutVault = (): Settings => ({ ...stage.settings, vaultAddress: undefined, vaultToken: undefined })

  it('can be sealed with a passphrase, which is asked for only then', async () => {
    const { io, hidden } = scripted(stage, { passphrase: [passphrase], 'Phone number': [KEEPER.phone], 'code Telegram': ['the code'] })
    await generateSession(withoutVault(), io)
    expect(hidden).toEqual(['passphrase'])

    await expect(startUserbot(stage.settings, quiet)).rejects.toMatchObject({ code: 'telega.noPassphrase' })
    await expect(startUserbot({ ...stage.settings, passphrase: 'another passphrase' }, quiet)).rejects.toMatchObject({ code: 'telega.badSession' })
    const userbot = await startUserbot(stage.settings, { ...quiet, passphrase: async () => passphrase })
    stage.userbots.push(userbot)
    expect(userbot.name).toBe('Keeper')
  })

  it('is not sealed with a short passphrase', async () => {
    await expect(generateSession({ ...withoutVault(), passphrase: 'hunter2' }, quiet as never)).rejects.toMatchObject({ code: 'telega.shortPassphrase' })
  })

  it('is of no use without the Vault that has its key', async () => {
    await stage.logIn()
    await stage.vault.root.delete('secret/metadata/telega/session-key')

    await expect(stage.start()).rejects.toMatchObject({ code: 'telega.noSessionKey' })
  })

  it('is not to be had where there is none, and a start that fails gives back its lock', async () => {
    await expect(stage.start()).rejects.toMatchObject({ code: 'telega.noSession' })
    await stage.logIn()
    writeFileSync(stage.settings.sessionFile, readFileSync(stage.settings.sessionFile, 'utf8').replace('"version":1', '"version":2'))
    await expect(stage.start()).rejects.toMatchObject({ code: 'telega.badSession' })
    rmSync(stage.settings.sessionFile)
    await stage.logIn()
    await stage.start()
  })

  it('that Telegram has ended is said to be over', async () => {
    await stage.logIn()
    stage.sandbox.forgetKeys()

    await expect(stage.start()).rejects.toMatchObject({ code: 'telega.signedOut' })
  })

  it.each([
    ['no token', { VAULT_TOKEN: '' }, 'telega.noVault'],
    ['a token that the Vault does not know', { VAULT_TOKEN: 'hvs.nobody' }, 'telega.badToken'],
    ['a server that is no address', { TELEGRAM_SERVER: 'nowhere' }, 'telega.badServer'],
    ['a server whose key cannot be read', { TELEGRAM_SERVER_KEY: '/nowhere' }, 'telega.badServerKey'],
  ])('is not used with %s', async (_, env, code) => {
    await stage.logIn()
    stage.writeEnv(env)
    await expect(stage.start()).rejects.toMatchObject({ code })
  })

  it('is not used with a root token, which could vouch for nobody', async () => {
    await stage.logIn()
    stage.writeEnv({ VAULT_TOKEN: stage.vault.rootToken })

    await expect(stage.start()).rejects.toMatchObject({ code: 'telega.rootToken' })
    expect(existsSync(join(stage.folder, 'telega', 'session.sealed'))).toBe(true)
  })
})
