import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http'
import { createServer as createTcp, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createVault, nodeExchange, httpTransport } from '@chatelaine/client'
import { startSandbox, trust, type Account, type Sandbox } from '@chatelaine/sandbox'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startVault, type Scheme, type TestVault } from '../support/server.js'
import { mtcute } from './userbot-people.js'
import { ANN, KEEPER } from './userbot-stage.js'

const program = resolve('apps/chatelaine/bin/chatelaine.mjs')

interface Ended {
  readonly status: number | null
  readonly text: string
}

/** The program as people start it, in a folder of its own, with nothing around it but what is given. */
describe('the program', { timeout: 180_000 }, () => {
  let folder: string
  let vault: TestVault
  let sandbox: Sandbox
  let ann: Account
  let keeper: Account
  const children: ChildProcess[] = []
  const servers: Server[] = []

  const open = async (scheme: Scheme = 'http') => {
    folder = mkdtempSync(join(tmpdir(), 'program-'))
    vault = await startVault(scheme)
    sandbox = await startSandbox()
    trust(sandbox)
    keeper = sandbox.addUser(KEEPER)
    ann = sandbox.addUser(ANN)
    mkdirSync(join(folder, 'telega'))
    writeFileSync(join(folder, 'telega', 'session_keys.json'), '{ "api_id": "123456", "api_hash": "abcdef1234567890" }')
    writeFileSync(join(folder, 'sandbox.pem'), sandbox.publicKeyPem)
    await root().write('secret/data/telegram', { data: { api_id: '1', api_hash: 'ab' } })
  }
  beforeEach(() => void (folder = ''))
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
    for (const server of servers.splice(0)) server.close()
    await sandbox.close()
    await vault.close()
    rmSync(folder, { recursive: true })
  })

  const root = () => {
    const ca = vault.caFile === undefined ? undefined : readFileSync(vault.caFile)
    return createVault({ address: vault.address, token: vault.rootToken, transport: httpTransport(vault.address, nodeExchange({ ca })) })
  }
  const telegram = () => ({ TELEGRAM_SERVER: `${sandbox.host}:${sandbox.port}`, TELEGRAM_SERVER_KEY: 'sandbox.pem' })
  const env = (more: Record<string, string> = {}) => ({ HOME: folder, PATH: process.env['PATH'] ?? '', ...more })
  const dotenv = () => readFileSync(join(folder, '.env'), 'utf8')
  const write = (text: string) => writeFileSync(join(folder, '.env'), text, { mode: 0o600 })
  const asOperator = (more: Record<string, string> = {}) => env({ VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken, ...more })

  function start(words: readonly string[], around: Record<string, string>) {
    const child = spawn(process.execPath, [program, ...words], { cwd: folder, env: around, stdio: ['pipe', 'pipe', 'pipe'] })
    children.push(child)
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
    return { child, text: () => text }
  }

  async function run(words: readonly string[], around: Record<string, string>, input: readonly (string | (() => Promise<string>))[] = []): Promise<Ended> {
    const { child, text } = start(words, around)
    const closed = once(child, 'close')
    for (const line of input) child.stdin.write(`${typeof line === 'string' ? line : await line()}\n`)
    child.stdin.end()
    const [status] = (await closed) as [number | null]
    return { status, text: text() }
  }

  const login = (around: Record<string, string> = env()) => run(['generate-session'], around, [KEEPER.phone, () => sandbox.codeFor(KEEPER.phone)])

  async function listening(around: Record<string, string> = env()) {
    const started = start(['userbot'], around)
    await expect.poll(() => started.text() + (started.child.exitCode ?? ''), { timeout: 60_000 }).toMatch(/The userbot listens as Keeper|\d$/)
    expect(started.text()).toContain('The userbot listens as Keeper')
    return started
  }

  it('takes the CA that setup-userbot was given for every command after it', async () => {
    await open('https')
    write(Object.entries(telegram()).map(([name, value]) => `${name}=${value}\n`).join(''))

    expect(await run(['setup-userbot', `-allow=${ann.id}`, `-ca-cert=${vault.caFile}`], asOperator())).toMatchObject({ status: 0 })
    expect(dotenv()).toContain(`VAULT_CACERT=${vault.caFile}\n`)
    expect(await login()).toMatchObject({ status: 0 })
    const { child, text } = await listening()
    const person = await mtcute(sandbox, ANN.phone)
    expect(await person.ask('/get_keys')).toBe('API_ID: 1\nAPI_HASH: ab')
    await person.close()

    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(text()).not.toMatch(/rror|ailure/)
  })

  it('sends the namespace of .env with every command, and writes it there', async () => {
    await open()
    const seen: IncomingHttpHeaders[] = []
    const proxy = createServer((question, answer) => {
      seen.push(question.headers)
      const { 'x-vault-namespace': _, ...headers } = question.headers
      const on = request(new URL(question.url ?? '/', vault.address), { method: question.method, headers }, (back) => {
        answer.writeHead(back.statusCode ?? 500, back.headers)
        back.pipe(answer)
      })
      question.pipe(on)
    }).listen(0, '127.0.0.1')
    servers.push(proxy)
    await once(proxy, 'listening')
    const VAULT_ADDR = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`

    await run(['setup-userbot', `-allow=${ann.id}`], asOperator({ VAULT_ADDR, VAULT_NAMESPACE: 'ns1' }))
    expect(dotenv()).toMatch(/^VAULT_NAMESPACE=ns1$/m)
    seen.length = 0
    expect(await login(env(telegram()))).toMatchObject({ status: 0 })

    expect(seen.length).toBeGreaterThan(0)
    expect(seen.every((headers) => headers['x-vault-namespace'] === 'ns1')).toBe(true)
  })

  it('puts the new token in the place of the old one, whatever its line looks like, and revokes the old', async () => {
    await open()
    const [old] = await Promise.all([root().login('auth/token/create-orphan', { policies: ['userbot'], period: '24h' })])
    write(`# mine\nexport VAULT_TOKEN="${old.client_token}"\nTELEGA_KEYS_SECRET='secret/telegram' # keep\n`)

    expect(await run(['setup-userbot'], asOperator())).toMatchObject({ status: 1, text: expect.stringContaining('-force replaces it') })
    const { status, text } = await run(['setup-userbot', '-force'], asOperator())

    expect([status, text]).toEqual([0, expect.stringContaining('The token that was in .env before is revoked.')])
    expect(dotenv()).toMatch(/^# mine\nexport VAULT_TOKEN=hvs\.\w+\nTELEGA_KEYS_SECRET='secret\/telegram' # keep\nVAULT_ADDR=/)
    await expect(root().as(old.client_token).read('auth/token/lookup-self')).rejects.toMatchObject({ status: 403 })
  })

  it('revokes no token that is not a userbot\'s, and works with root\'s that was in .env as advised', async () => {
    await open()
    write(`VAULT_ADDR=${vault.address}\nVAULT_TOKEN=${vault.rootToken}\n`)
    const refused = await run(['userbot'], env())
    expect(refused).toMatchObject({ status: 1, text: expect.stringContaining('run "chatelaine setup-userbot -force -allow=ID"') })

    const { status, text } = await run(['setup-userbot', '-force', `-allow=${ann.id}`], env())

    expect([status, text]).toEqual([0, expect.stringContaining('was left alone')])
    expect(dotenv()).not.toContain(vault.rootToken)
    expect(await root().read('auth/token/lookup-self')).toBeDefined()
  })

  it('names the variable that hides the token in .env', async () => {
    await open()
    expect(await run(['setup-userbot'], asOperator())).toMatchObject({ status: 0, text: expect.stringContaining('unset VAULT_TOKEN') })
    const { status, text } = await run(['userbot'], asOperator())

    expect([status, text]).toEqual([1, expect.stringMatching(/VAULT_TOKEN in the environment is a root token.*hides the one in \.env, so run "unset VAULT_TOKEN"/)])
  })

  it('leaves no token behind that could not be written down', async () => {
    await open()
    const accessors = () => root().list('auth/token/accessors')
    const before = (await accessors()).length
    const { status, text } = await run(['setup-userbot', '-folder=nowhere'], asOperator())

    expect([status, text]).toEqual([1, expect.stringMatching(/nowhere\/\.env cannot be written: no such file or directory \(ENOENT\)/)])
    expect((await accessors()).length).toBe(before)
  })

  it('hints at the address that is in use', async () => {
    await open()
    const nobody = createTcp().listen(0, '127.0.0.1')
    await once(nobody, 'listening')
    const { port } = nobody.address() as AddressInfo
    nobody.close()
    for (const [address, words] of [[`http://127.0.0.1:${port}`, `The address is http://127.0.0.1:${port}`], [vault.address.replace('http:', 'https:'), `set VAULT_ADDR=${vault.address}`]]) {
      write(`VAULT_ADDR=${address}\nVAULT_TOKEN=hvs.x\n`)
      for (const command of ['userbot', 'generate-session']) expect((await run([command], env())).text).toContain(words)
    }
  })

  it('says where Telegram cannot be reached, and why', async () => {
    await open()
    const nobody = createTcp().listen(0, '127.0.0.1')
    await once(nobody, 'listening')
    const { port } = nobody.address() as AddressInfo
    nobody.close()
    const { text } = start(['generate-session'], env({ ...telegram(), TELEGRAM_SERVER: `127.0.0.1:${port}`, TELEGA_PASSPHRASE: 'correct horse battery' }))

    await expect.poll(text, { timeout: 60_000 }).toMatch(new RegExp(`Telegram cannot be reached at 127\\.0\\.0\\.1:${port}: connection refused \\(ECONNREFUSED\\)`))
  })

  it('says what has ended and ends, when its token was revoked', async () => {
    await open()
    await run(['setup-userbot', `-allow=${ann.id}`], asOperator())
    await login(env(telegram()))
    const { child, text } = await listening(env(telegram()))
    const person = await mtcute(sandbox, ANN.phone)
    await root().write('auth/token/revoke', { token: /VAULT_TOKEN=(\S+)/.exec(dotenv())![1] })

    expect(await person.ask('/get_keys')).toContain('please tell whoever runs it')
    await person.close()
    expect(child.exitCode === null ? await once(child, 'exit') : [child.exitCode, null]).toEqual([1, null])
    expect(text()).toContain("the Vault no longer knows the userbot's own token")
  })

  describe('whose terminal is closed', () => {
    /** Python makes the terminal: it starts the program in it, says what it prints, and closes it when it reads a line. */
    const terminal = `
import os, pty, select, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
while 0 not in (ready := select.select([0, fd], [], [])[0]):
    os.write(1, os.read(fd, 4096))
os.close(fd)
_, status = os.waitpid(pid, 0)
print('ended', os.waitstatus_to_exitcode(status), flush=True)
`

    function onTerminal(line: string, around: Record<string, string>) {
      const child = spawn('/usr/bin/python3', ['-c', terminal, '/bin/bash', '-c', line], { cwd: folder, env: around, stdio: ['pipe', 'pipe', 'inherit'] })
      children.push(child)
      let text = ''
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
      return { child, text: () => text }
    }
    const command = (words: string) => `${process.execPath} ${program} ${words}`

    it('ends cleanly with 129', async () => {
      await open()
      await run(['setup-userbot', `-allow=${ann.id}`], asOperator())
      await login(env(telegram()))
      const { child, text } = onTerminal(`exec ${command('userbot')}`, env(telegram()))
      await expect.poll(text, { timeout: 60_000 }).toContain('The userbot listens as Keeper')

      child.stdin.write('\n')

      await expect.poll(text, { timeout: 60_000 }).toContain('ended 129')
      await listening(env(telegram()))
    })

    it('goes on where nobody tells it, and ends cleanly when it is told', async () => {
      await open()
      await run(['setup-userbot', `-allow=${ann.id}`], asOperator())
      await login(env(telegram()))
      // The shell goes with its terminal; what ignores the hang-up stays, and every line it writes fails.
      const { child, text } = onTerminal(`trap '' HUP; setsid bash -c '${command('userbot')} & echo $! > pid; wait $!; echo $? > ended' & wait`, env(telegram()))
      await expect.poll(text, { timeout: 60_000 }).toContain('The userbot listens as Keeper')
      child.stdin.write('\n')
      const person = await mtcute(sandbox, ANN.phone)
      sandbox.refuseNext({ method: 'messages.sendMessage', code: 400, text: 'PEER_FLOOD', userId: keeper.id })
      await person.client.sendText('keeper', '/get_keys')

      // One of the two is refused, which is written to nobody.
      expect(await person.ask('/get_keys')).toBe('API_ID: 1\nAPI_HASH: ab')

      await person.close()
      process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGTERM')
      await expect.poll(() => existsSync(join(folder, 'ended')) && readFileSync(join(folder, 'ended'), 'utf8'), { timeout: 60_000 }).toBe('0\n')
    })
  })
})
