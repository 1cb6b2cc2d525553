import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createVault } from '@chatelaine/client'
import { startSandbox, trust, type Account, type Sandbox } from '@chatelaine/sandbox'
import { generateSession, readSettings } from '@chatelaine/telega'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { paint, up, type Running, type RunningOnTelegram, type UpOptions } from '../../apps/chatelaine/src/up/index.js'
import { mtcute } from './userbot-people.js'
import { ANN, KEEPER, keysAnswer, refusal } from './userbot-stage.js'

const run = promisify(execFile)
const at = (path: string) => fileURLToPath(new URL(`../../apps/chatelaine/${path}`, import.meta.url))
const program = `node ${at('bin/chatelaine.mjs')}`

describe('up', () => {
  let folder: string
  let temporary: string
  let printed: string
  const opened: (Running | RunningOnTelegram)[] = []

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'up-test-'))
    temporary = join(folder, 'tmp')
    mkdirSync(temporary)
    vi.stubEnv('TMPDIR', temporary)
    printed = ''
  })
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close()
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  const io = {
    print: (text: string) => void (printed += text),
    report: (error: unknown) => {
      throw error
    },
    paint: paint(false),
  }
  const begin = (more: Partial<UpOptions>) => up({ data: undefined, port: 0, program, ...more }, io)
  const started = async (more: Partial<UpOptions> = {}) => {
    const running = await begin(more)
    opened.push(running)
    return running
  }
  const commands = () => printed.split('\n').flatMap((line) => (line.startsWith('  $ ') ? [line.slice(4)] : []))
  const exports = () => {
    const [, address, token] = /VAULT_ADDR=(\S+) VAULT_TOKEN=(\S+)/.exec(printed)!
    return { address: address!, token: token! }
  }
  const exported = () => createVault(exports())

  it('tells what it does in about a dozen lines, the answer to /get_keys among them', async () => {
    const running = await started()

    expect(printed).toContain('  Ann     /get_keys\n  Keeper  API_ID: 123456\n          API_HASH: abcdef1234567890\n')
    expect(printed.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(14)
    expect(await running.person?.ask('/get_keys')).toBe(keysAnswer)
  })

  it('prints commands that work as they are printed', async () => {
    await started()
    const [exporting, curl, kvGet] = commands()
    const env = { ...process.env, HOME: folder }

    const asked = await run('bash', ['-c', `${exporting}\n${curl} --silent --fail`], { env })
    expect(JSON.parse(asked.stdout)).toMatchObject({ data: { data: { api_id: '123456', api_hash: 'abcdef1234567890' } } })
    const got = await run('bash', ['-c', `${exporting}\n${kvGet}`], { env })
    expect(got.stdout).toMatch(/api_hash\s+abcdef1234567890\n/)
  })

  it('leaves nothing behind, and its tokens end with it', async () => {
    const running = await started()
    expect(readdirSync(temporary)).toHaveLength(1)

    await running.close()
    await running.close()

    expect(readdirSync(temporary)).toEqual([])
    expect(await running.ended).toBeUndefined()
  })

  it('finds everything again in a folder that is kept, under the same root token', async () => {
    const data = join(folder, 'data')
    const first = await started({ data })
    await exported().write('secret/data/mine', { data: { a: 'b' } })
    const root = readFileSync(join(data, 'root-token'))
    const old = exports().token
    await first.close()
    printed = ''

    const second = await started({ data })

    expect(printed).toContain('  Keeper  API_ID: 123456\n          API_HASH: abcdef1234567890\n')
    expect(await exported().read('secret/data/mine')).toMatchObject({ data: { a: 'b' } })
    expect(readFileSync(join(data, 'root-token'))).toEqual(root)
    await expect(createVault({ ...exports(), token: old }).read('secret/data/mine')).rejects.toMatchObject({ status: 403 })
    expect(await second.person?.ask('/get_keys')).toBe(keysAnswer)
    const stored = await run('grep', ['-rlc', 'abcdef1234567890', join(data, 'vault')]).catch(({ stdout }) => ({ stdout }))
    expect(stored.stdout).toBe('')
  })

  it('can be ended between two steps of the first start, and the folder still be used', async () => {
    const data = join(folder, 'data')
    await expect(begin({ data, signal: AbortSignal.abort() })).rejects.toThrow('aborted')

    await started({ data })
    expect(await exported().read('secret/data/telegram')).toBeDefined()
  })

  it('refuses a folder that another one uses, and lets that one be', async () => {
    const data = join(folder, 'data')
    const running = await started({ data })

    await expect(begin({ data })).rejects.toMatchObject({ code: 'lock.held' })
    expect(await running.person?.ask('/get_keys')).toBe(keysAnswer)
  })

  it('takes another port when the usual one is taken, but not when one was asked for', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const usual = createServer().listen(8200, '127.0.0.1')
    await Promise.race([once(usual, 'listening'), once(usual, 'error')])

    await expect(begin({ port })).rejects.toMatchObject({ code: 'server.addressInUse' })
    expect(readdirSync(temporary)).toEqual([])
    await started({ port: undefined })

    expect(exported().address).not.toBe('http://127.0.0.1:8200')
    taken.close()
    usual.close()
  })

  it('cleans up after an error, and after being ended on the way', async () => {
    writeFileSync(join(folder, 'file'), '')

    await expect(begin({ data: join(folder, 'file') })).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(begin({ signal: AbortSignal.abort() })).rejects.toThrow('aborted')
    expect(readdirSync(temporary)).toEqual([])
  })

  it('lets its process end once it is closed', async () => {
    const script = `
      import { up, paint } from ${JSON.stringify(at('dist/up/index.js'))}
      const io = { print: () => undefined, report: (error) => { throw error }, paint: paint(false) }
      const running = await up({ data: undefined, port: 0, program: 'x' }, io)
      console.log(await running.person.ask('/get_keys'))
      await running.close()`

    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script])

    expect(stdout).toBe(`${keysAnswer}\n`)
    expect(readdirSync(temporary)).toEqual([])
  })

  describe('on Telegram itself', () => {
    let sandbox: Sandbox
    let ann: Account
    let keeper: Account
    const keys = { api_id: '424242', api_hash: '00112233445566778899aabbccddeeff' }

    beforeEach(async () => {
      sandbox = await startSandbox()
      trust(sandbox)
      keeper = sandbox.addUser({ ...KEEPER, id: 5_000_000_001 })
      ann = sandbox.addUser({ ...ANN, id: 5_000_000_002 })
      mkdirSync(join(folder, 'telega'))
      writeFileSync(join(folder, 'telega', 'session_keys.json'), JSON.stringify(keys))
      writeFileSync(join(folder, 'server.pem'), sandbox.publicKeyPem)
    })
    afterEach(() => sandbox.close())

    const env = (more: Record<string, string> = {}) => ({
      TELEGRAM_SERVER: `${sandbox.host}:${sandbox.port}`, TELEGRAM_SERVER_KEY: join(folder, 'server.pem'), ...more,
    })
    const ask = async (question: string) => (question.startsWith('Phone') ? KEEPER.phone : sandbox.codeFor(KEEPER.phone))
    const logIn = (more: Record<string, string>) => generateSession(readSettings(folder, env(more)), { ask, say: () => undefined })
    const passphrase = { TELEGA_PASSPHRASE: 'correct horse battery staple' }

    it('starts the userbot on the session in the folder, for those admitted, and says how to ask', async () => {
      await logIn(passphrase)
      // Another Vault's, and none of ours.
      writeFileSync(join(folder, '.env'), 'VAULT_ADDR=https://vault.example\nVAULT_TOKEN=theirs\n', { mode: 0o644 })

      const running = await started({ telegram: { folder, users: [ann.id], env: env(passphrase) } })

      expect(running.person).toBeUndefined()
      expect(running.names.bot).toBe('Keeper')
      expect(printed).toContain(`listens as Keeper (${keeper.id})`)
      expect(printed).toContain(`Open Telegram as ${ann.id} and write to Keeper: /get_keys\n`)
      const person = await mtcute(sandbox, ANN.phone)
      expect(await person.ask('/get_keys')).toBe(`API_ID: ${keys.api_id}\nAPI_HASH: ${keys.api_hash}`)
      await person.close()
    })

    it('takes a session whose key is in the Vault of the folder that is kept, and admits nobody of the sandbox', async () => {
      const data = join(folder, 'data')
      const first = await started({ data })
      const inSandbox = /\d+/.exec(await first.person!.ask('/whoami'))![0]
      const [, VAULT_ADDR, VAULT_TOKEN] = /VAULT_ADDR=(\S+) VAULT_TOKEN=(\S+)/.exec(printed)!
      await logIn({ VAULT_ADDR: VAULT_ADDR!, VAULT_TOKEN: VAULT_TOKEN! })
      await first.close()
      // By chance somebody on Telegram has the number that Ann has in the sandbox.
      sandbox.addUser({ phone: '9996620077', firstName: 'Chance', username: 'by_chance', id: Number(inSandbox) })

      await started({ data, telegram: { folder, users: [], env: env() } })

      expect(printed).toContain('Nobody may ask Keeper yet')
      const person = await mtcute(sandbox, '9996620077')
      expect(await person.ask('/get_keys')).toBe(refusal)
      await person.close()
    })

    it('leaves nothing behind when the session cannot be opened', async () => {
      await logIn(passphrase)

      await expect(begin({ telegram: { folder, users: [], env: env() } })).rejects.toMatchObject({ code: 'telega.noPassphrase' })
      expect(readdirSync(temporary)).toEqual([])
    })
  })
})
