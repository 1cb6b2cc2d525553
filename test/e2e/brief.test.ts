import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { MemoryStorage, TelegramClient } from '@mtcute/node'
import { dataCenters, startSandbox, trust, type Account, type Sandbox } from '@chatelaine/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownAddress } from '../support/loopback.js'

/**
 * The brief's own steps, with this program under the name the brief calls it by: the same file, variables, commands, answers.
 * Only Telegram is a sandbox, and the port is a free one.
 */
const program = resolve('apps/chatelaine/bin/chatelaine.mjs')
let folder: string
let address: string
let sandbox: Sandbox
let keeper: Account
let asker: Account
const children: ChildProcess[] = []

/** What the brief's shell has around it: `vault` on the path, and the two variables once they are exported. */
const shell = (exported: boolean, more: Record<string, string> = {}) => ({
  HOME: folder,
  PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
  ...(exported && { VAULT_ADDR: address, VAULT_TOKEN: 'your_token' }),
  ...more,
})

const run = (line: string, given: { exported?: boolean; input?: string; env?: Record<string, string> } = {}) => {
  const { exported = true, input = '', env = {} } = given
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: folder, env: shell(exported, env), input, encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** Starts a program that stays, and waits until it has said `word`. */
async function stays(line: string, word: string, env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn('bash', ['-c', `exec ${line}`], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let text = ''
  const heard = new Promise<void>((done, failed) => {
    const hear = (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes(word)) done()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('exit', (code) => failed(new Error(`${line} ended with ${code}:\n${text}`)))
  })
  await heard
  return child
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'brief-'))
  mkdirSync(join(folder, 'bin'))
  symlinkSync(program, join(folder, 'bin', 'vault'))
  symlinkSync(program, join(folder, 'bin', 'chatelaine'))
  address = `http://${ownAddress()}:8200`
  sandbox = await startSandbox()
  trust(sandbox)
  keeper = sandbox.addUser({ phone: '+9996620001', firstName: 'Keeper', username: 'keeper' })
  asker = sandbox.addUser({ phone: '+9996620002', firstName: 'Ann', username: 'ann' })
  writeFileSync(join(folder, 'server.pem'), sandbox.publicKeyPem)
})

afterAll(async () => {
  for (const child of children) {
    const gone = child.exitCode === null ? once(child, 'exit') : undefined
    child.kill('SIGTERM')
    await gone
  }
  await sandbox.close()
  rmSync(folder, { recursive: true })
})

const telegram = () => ({ TELEGRAM_SERVER: `${sandbox.host}:${sandbox.port}`, TELEGRAM_SERVER_KEY: join(folder, 'server.pem') })

describe('the brief, step by step', () => {
  it('2.3 launches the Vault in the development environment', async () => {
    const env = shell(false, { VAULT_DEV_ROOT_TOKEN_ID: 'your_token', VAULT_DEV_LISTEN_ADDRESS: new URL(address).host })

    await stays('vault server -dev', 'Root Token: your_token', env)
  })

  it('2.3 stores the Telegram keys', () => {
    const put = run('vault kv put secret/telegram api_id=123456 api_hash=abcdef1234567890')

    expect(put).toMatchObject({ status: 0, stderr: '' })
    expect(put.stdout).toContain('secret/data/telegram')
  })

  it('2.4 tests the connection with curl', () => {
    const { stdout } = run(`curl -s --header "X-Vault-Token: your_token" ${address}/v1/sys/health`)

    expect(JSON.parse(stdout)).toMatchObject({ initialized: true, sealed: false, standby: false })
  })

  it('2.4 checks the keys that are stored', () => {
    const { status, stdout } = run('vault kv get secret/telegram')

    expect(status).toBe(0)
    expect(stdout).toMatch(/^api_hash {4}abcdef1234567890$/m)
    expect(stdout).toMatch(/^api_id {6}123456$/m)
  })

  it('2.1 writes .env with the address and the userbot\'s own token', () => {
    const { status, stdout, stderr } = run(`chatelaine setup-userbot -allow=${asker.id}`)

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain(`May ask for the keys: ${asker.id}`)
    expect(run('cat .env').stdout).toMatch(new RegExp(`^VAULT_ADDR=${address}\nVAULT_TOKEN=hvs\\.[A-Za-z0-9]{24}\n$`))
    expect(run('stat -c %a .env').stdout).toBe('600\n')
  })

  it('1.1 and 1.2 generate a session from telega/session_keys.json', async () => {
    mkdirSync(join(folder, 'telega'), { recursive: true })
    writeFileSync(join(folder, 'telega', 'session_keys.json'), '{\n    "api_id": "123456",\n    "api_hash": "abcdef1234567890"\n}\n')

    const child = spawn('chatelaine', ['generate-session'], { cwd: folder, env: shell(false, telegram()), stdio: ['pipe', 'pipe', 'pipe'] })
    const errors: Buffer[] = []
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
    child.stdin.write(`${keeper.phone}\n`)
    child.stdin.write(`${await sandbox.codeFor(keeper.phone)}\n`)
    const [status] = (await once(child, 'exit')) as [number]

    expect({ status, errors: Buffer.concat(errors).toString() }).toEqual({ status: 0, errors: '' })
    expect(run('cat telega/session.sealed').stdout).toContain('"chatelaine":"telegram-session"')
  })

  it('1.3 and 1.4 start the userbot, which answers /get_keys in Telegram', async () => {
    await stays('chatelaine userbot', 'The userbot listens as Keeper', shell(false, telegram()))
    const ann = new TelegramClient({ apiId: 1, apiHash: '0', storage: new MemoryStorage(), defaultDcs: dataCenters(sandbox), logLevel: 0 })
    await ann.start({ phone: asker.phone, code: () => sandbox.codeFor(asker.phone), codeSentCallback: () => undefined })
    await ann.startUpdatesLoop()
    const answer = new Promise<string>((done) => ann.onNewMessage.add((message) => (message.isOutgoing ? undefined : done(message.text))))

    await ann.sendText('keeper', '/get_keys')

    expect(await answer).toBe('API_ID: 123456\nAPI_HASH: abcdef1234567890')
    await ann.destroy()
  })
})
