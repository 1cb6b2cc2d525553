import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificates } from '../support/certificates.js'

const bin = resolve(import.meta.dirname, '../../apps/chatelaine/bin/chatelaine.mjs')

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

let folder = ''
const servers: ChildProcessWithoutNullStreams[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-e2e-'))
  // By this name the program must be what scripts written for Vault expect.
  await symlink(bin, join(folder, 'vault'))
})

afterAll(async () => {
  await Promise.all(servers.map(stopped))
  await rm(folder, { recursive: true })
})

const stopped = (server: ChildProcessWithoutNullStreams) =>
  new Promise<void>((done) => {
    if (server.exitCode !== null) return done()
    server.once('exit', () => done())
    server.kill('SIGTERM')
  })

const bare = { PATH: process.env['PATH'] ?? '' }

/** Starts the real program as a server, and settles with its address and all it printed until then. */
async function serve(args: readonly string[], ready: RegExp, env: Readonly<Record<string, string>> = {}): Promise<{ readonly address: string; readonly banner: string }> {
  const server = spawn(process.execPath, [join(folder, 'vault'), 'server', ...args], { env: { ...bare, HOME: folder, ...env } })
  servers.push(server)
  let banner = ''
  return new Promise((started, failed) => {
    const take = (chunk: Buffer) => {
      banner += String(chunk)
      const address = ready.exec(banner)?.[1]
      if (address) started({ address, banner })
    }
    server.stdout.on('data', take)
    server.stderr.on('data', take)
    server.once('exit', (code) => failed(new Error(`the server ended with ${code}: ${banner}`)))
  })
}

function run(args: readonly string[], env: Readonly<Record<string, string>>, stdin = ''): Promise<Ran> {
  return new Promise((done, failed) => {
    const child = spawn(join(folder, 'vault'), args, { env: { ...bare, HOME: folder, ...env }, cwd: folder })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk) => (out += String(chunk)))
    child.stderr.on('data', (chunk) => (err += String(chunk)))
    child.once('error', failed)
    child.once('close', (code) => done({ code, out, err }))
    child.stdin.end(stdin)
  })
}

// Every command is a process of its own, on machines that may be busy.
const patience = { timeout: 180_000 }

describe('against a development server', patience, () => {
  let env: Record<string, string> = {}
  const vault = (line: string, stdin?: string) => run(line.split(' '), env, stdin)

  beforeAll(async () => {
    const { address } = await serve(
      ['-dev', '-dev-root-token-id=your_token', '-dev-listen-address=127.0.0.1:0'], /export VAULT_ADDR='([^']+)'[\s\S]*Development mode/)
    env = { VAULT_ADDR: address, VAULT_TOKEN: 'your_token' }
  })

  it('does what the brief types', async () => {
    expect(await vault('kv put secret/telegram api_id=123456 api_hash=abcdef1234567890')).toMatchObject({ code: 0 })
    const { code, out } = await vault('kv get secret/telegram')

    expect(code).toBe(0)
    expect(out).toMatch(/^==== Secret Path ====\nsecret\/data\/telegram\n\n======= Metadata =======\nKey {16}Value\n/)
    expect(out).toContain('====== Data ======\nKey         Value\n---         -----\napi_hash    abcdef1234567890\napi_id      123456\n')
    const health = await fetch(`${env['VAULT_ADDR']}/v1/sys/health`, { headers: { 'X-Vault-Token': 'your_token' } })
    expect(await health.json()).toMatchObject({ initialized: true, sealed: false, standby: false })
  })

  it('left the root token for the next command, as Vault does', async () => {
    const { VAULT_ADDR = '' } = env

    expect(await run(['token', 'lookup', '-field=path'], { VAULT_ADDR })).toMatchObject({ code: 0, out: 'auth/token/root' })
  })

  it('takes a secret through its versions', async () => {
    await vault('kv put secret/life n=1')
    expect(await vault('kv put -cas=0 secret/life n=x')).toMatchObject({ code: 2, err: expect.stringContaining('* check-and-set parameter did not match the current version') })
    expect((await vault('kv patch secret/life m=2')).out).toContain('version            2')
    expect((await vault('kv patch -method=rw secret/life m=3')).out).toContain('version            3')
    expect((await vault('kv get -version=1 -field=n secret/life')).out).toBe('1')
    expect((await vault('kv rollback -version=1 secret/life')).out).toContain('version            4')
    expect((await vault('kv delete secret/life')).out).toBe('Success! Data deleted (if it existed) at: secret/data/life\n')
    expect((await vault('kv get secret/life')).out).not.toContain('= Data =')
    expect((await vault('kv undelete -versions=4 secret/life')).out).toBe('Success! Data written to: secret/undelete/life\n')
    expect((await vault('kv get -format=json secret/life')).out).toMatch(/^\{\n  "request_id": "[^"]+",\n  "lease_id": "",\n  "lease_duration": 0,\n  "renewable": false,\n  "data": \{\n    "data": \{\n      "n": "1"/)
    expect((await vault('kv destroy -versions=1 secret/life')).out).toBe('Success! Data written to: secret/destroy/life\n')
    expect(await vault('kv metadata put -max-versions=3 -custom-metadata=owner=anna secret/life')).toMatchObject({ code: 0 })
    expect(await vault('kv metadata patch -custom-metadata=team=red secret/life')).toMatchObject({ code: 0 })
    const known = (await vault('kv metadata get secret/life')).out
    expect(known).toContain('custom_metadata         map[owner:anna team:red]')
    expect(known).toContain('====== Version 4 ======')
    expect((await vault('kv list secret')).out).toContain('Keys\n----\nlife\n')
    expect(await vault('kv metadata delete secret/life')).toMatchObject({ code: 0 })
    expect(await vault('kv get secret/life')).toEqual({ code: 2, out: '', err: 'No value found at secret/data/life\n' })
  })

  it('means what was typed: a blank at the end is another name, and a read of a whole mount finds nothing', async () => {
    const words = (...typed: string[]) => run(typed, env)
    await vault('kv put secret/victim a=b')

    await words('kv', 'delete', 'secret/victim /')
    await words('kv', 'metadata', 'delete', 'secret/victim ')
    expect((await vault('kv get -field=a secret/victim')).out).toBe('b')
    expect(await vault('kv get secret')).toEqual({ code: 0, out: '== Secret Path ==\nsecret/data\n\n', err: expect.stringContaining('WARNING! The following warnings were returned from Vault:') })
    await vault('secrets enable -path=one -version=1 kv')
    expect(await vault('read one/')).toEqual({ code: 2, out: '', err: 'No value found at one\n' })
    await vault('secrets disable one')
  })

  it('revokes no token but the one that was named', async () => {
    const token = (await vault('token create -ttl=1h -field=token')).out
    const child = (line: string) => run(line.split(' '), { ...env, VAULT_TOKEN: token })

    expect(await child('token revoke -self abc')).toMatchObject({ code: 1, err: expect.stringContaining('Too many arguments with -self (expected 0, got 1)') })
    expect(await child('token revoke -self -mode=orphan')).toMatchObject({ code: 1, err: expect.stringContaining('Cannot use -self with -mode!') })
    expect(await child('token lookup -field=path')).toMatchObject({ code: 0 })
  })

  it('wraps what is written to sys/wrapping/wrap', async () => {
    const wrapping = (await vault('write -field=wrapping_token sys/wrapping/wrap a=b')).out

    expect((await vault(`unwrap -field=a ${wrapping}`)).out).toBe('b')
  })

  it('gives numbers back as they were written', async () => {
    await vault('write secret/data/number -', '{"data":{"big":12345678901234567890,"one":1.0}}')

    expect((await vault('kv get -field=big secret/number')).out).toBe('12345678901234567890')
    expect((await vault('kv get -format=yaml secret/number')).out).toContain('one: 1.0')
  })

  it('mounts, tunes, moves and unmounts engines', async () => {
    expect((await vault('secrets enable -path=team -version=1 kv')).out).toBe('Success! Enabled the kv secrets engine at: team/\n')
    expect((await vault('kv put team/a x=1')).out).toBe('Success! Data written to: team/a\n')
    expect((await vault('kv get team/a')).out).toBe('== Data ==\nKey    Value\n---    -----\nx      1\n')
    expect((await vault('read team/a')).out).toContain('refresh_interval    768h\nx                   1\n')
    expect((await vault('list team')).out).toBe('Keys\n----\na\n')
    expect((await vault('kv enable-versioning team')).out).toBe('Success! Tuned the secrets engine at: team/\n')
    expect((await vault('kv get -field=x team/a')).out).toBe('1')
    expect((await vault('secrets tune -max-lease-ttl=24h team')).out).toBe('Success! Tuned the secrets engine at: team/\n')
    expect((await vault('secrets move team crew')).out).toContain('Success! Finished moving secrets engine team/ to crew/')
    expect((await vault('secrets list -detailed')).out).toMatch(/^crew\/ .* 86400 .*map\[version:2\]/m)
    expect((await vault('secrets disable crew')).out).toBe('Success! Disabled the secrets engine (if it existed) at: crew/\n')
    expect(Object.keys(JSON.parse((await vault('secrets list -format=json')).out))).not.toContain('crew/')
  })

  it('enables and disables auth methods', async () => {
    expect((await vault('auth enable telegram')).out).toBe('Success! Enabled telegram auth method at: telegram/\n')
    expect((await vault('auth tune -max-lease-ttl=1h telegram')).out).toBe('Success! Tuned the auth method at: telegram/\n')
    expect((await vault('auth list')).out).toMatch(/^telegram\/ +telegram +auth_telegram_[0-9a-f]+ /m)
    expect(await vault('path-help auth/telegram/login')).toMatchObject({ code: 0, out: expect.stringContaining('## DESCRIPTION') })
    expect((await vault('auth disable telegram')).out).toBe('Success! Disabled the auth method (if it existed) at: telegram/\n')
  })

  it('keeps policies, and gives tokens no more than they say', async () => {
    await writeFile(join(folder, 'bot.hcl'), 'path   "secret/data/telegram" {\ncapabilities=["read"]\n}\n')

    expect((await vault('policy fmt bot.hcl')).out).toBe('Success! Formatted policy: bot.hcl\n')
    expect((await vault('policy write bot bot.hcl')).out).toBe('Success! Uploaded policy: bot\n')
    expect((await vault('policy read bot')).out).toBe('path "secret/data/telegram" {\n  capabilities = ["read"]\n}\n')
    expect((await vault('policy list')).out.split('\n')).toEqual(expect.arrayContaining(['bot', 'default', 'root']))
    const token = (await vault('token create -policy=bot -ttl=1h -field=token')).out
    const bot = (line: string) => run(line.split(' '), { ...env, VAULT_TOKEN: token })
    expect((await bot('kv get -field=api_id secret/telegram')).out).toBe('123456')
    expect(await bot('kv put secret/telegram a=b')).toMatchObject({ code: 2, err: expect.stringMatching(/Code: 403\. Errors:\n\n\* 1 error occurred:\n\t\* permission denied\n/) })
    expect((await bot('token capabilities secret/data/telegram')).out).toBe('read\n')
    expect((await bot('token renew -increment=30m')).out).toContain('token_policies       ["bot" "default"]')
    const accessor = (await vault(`token lookup -field=accessor ${token}`)).out
    expect((await vault(`token revoke -accessor ${accessor}`)).out).toBe('Success! Revoked token (if it existed)\n')
    expect(await bot('token lookup')).toMatchObject({ code: 2 })
    expect((await vault('policy delete bot')).out).toBe('Success! Deleted policy: bot\n')
    expect(await vault('policy read bot')).toEqual({ code: 2, out: '', err: 'No policy named: bot\n' })
  })

  it('opens what was wrapped once', async () => {
    const wrapping = (await vault('kv get -wrap-ttl=5m -field=wrapping_token secret/telegram')).out

    expect((await run(['unwrap', '-format=json'], { ...env, VAULT_TOKEN: wrapping })).out).toContain('"api_id": "123456"')
    expect(await vault('unwrap -', wrapping)).toMatchObject({ code: 2, err: expect.stringContaining('* wrapping token is not valid or does not exist') })
  })

  it('writes an audit log without secrets', async () => {
    expect((await vault(`audit enable file file_path=${folder}/audit.log`)).out).toBe('Success! Enabled the file audit device at: file/\n')
    expect((await vault('audit list -detailed')).out).toContain(`file_path=${folder}/audit.log`)
    await vault('kv get secret/telegram')
    expect((await vault('audit disable file')).out).toBe('Success! Disabled audit device (if it was enabled) at: file/\n')

    const log = await readFile(join(folder, 'audit.log'), 'utf8')
    expect(log).toContain('secret/data/telegram')
    expect(log).not.toMatch(/abcdef1234567890|your_token/)
    expect(await vault('audit list')).toEqual({ code: 2, out: 'No audit devices are enabled.\n', err: '' })
  })

  it('logs in from standard input, and shows how to ask by curl without the token', async () => {
    const { VAULT_ADDR = '' } = env

    expect(await run(['login', '-'], { VAULT_ADDR }, 'your_token\n')).toMatchObject({ code: 0, out: expect.stringContaining('token_duration       ∞') })
    expect((await run(['print', 'token'], {})).out).toBe('your_token\n')
    expect((await vault('read -output-curl-string sys/mounts')).out).toContain('$(vault print token)')
  })

  it('asks the server for help, and says what version it is', async () => {
    expect((await vault('path-help secret/data/x')).out).toContain('Read a secret.')
    expect((await vault('version')).out).toMatch(/^Vault v1\.16\.3 /)
  })
})

describe('against a server with TLS', patience, () => {
  it('trusts the authorities of a folder, under either name, and names what of the environment it does not read', async () => {
    const { caFile, certFile, keyFile } = await makeCertificates(folder)
    const authorities = join(folder, 'authorities')
    await mkdir(authorities)
    await copyFile(caFile, join(authorities, 'ours.pem'))
    const file = join(folder, 'tls.hcl')
    await writeFile(file, `storage "inmem" {}\nlistener "tcp" {\n  address = "127.0.0.1:0"\n  tls_cert_file = "${certFile}"\n  tls_key_file = "${keyFile}"\n}\n`)
    const { address, banner } = await serve(
      [`-config=${file}`], /Listener 1: tcp \(addr: "([^"]+)"[\s\S]*server started!/,
      { VAULT_API_ADDR: 'https://vault.example:8200', VAULT_SEAL_TYPE: 'awskms' })
    expect(banner).toContain('Api Address: https://vault.example:8200')
    expect(banner).toContain('WARNING! These variables of the environment are not read here: VAULT_SEAL_TYPE')
    const VAULT_ADDR = `https://${address}`

    for (const env of [{ VAULT_CAPATH: authorities }, { BAO_CAPATH: authorities }, { VAULT_CACERT: caFile }]) {
      expect(await run(['operator', 'init', '-status'], { VAULT_ADDR, ...env })).toEqual({ code: 2, out: 'Vault is not initialized\n', err: '' })
    }
    expect(await run(['operator', 'init', '-status', `-ca-path=${authorities}`], { VAULT_ADDR: 'https://127.0.0.1:1', VAULT_AGENT_ADDR: VAULT_ADDR })).toMatchObject({ code: 2, out: 'Vault is not initialized\n' })
    expect(await run(['operator', 'init', '-status'], { VAULT_ADDR })).toMatchObject({ code: 2, out: '', err: expect.stringContaining('not trusted') })
  })
})

describe('against a fresh server', patience, () => {
  it('initialises, unseals, rotates and seals', async () => {
    const file = join(folder, 'fresh.hcl')
    await writeFile(file, 'storage "inmem" {}\nlistener "tcp" {\n  address = "127.0.0.1:0"\n  tls_disable = true\n}\n')
    const { address: VAULT_ADDR } = await serve([`-config=${file}`], /Api Address: (\S+)[\s\S]*server started!/)
    const vault = (line: string, stdin?: string, more = {}) => run(line.split(' '), { VAULT_ADDR, ...more }, stdin)

    expect(await vault('operator init -status')).toEqual({ code: 2, out: 'Vault is not initialized\n', err: '' })
    const made = JSON.parse((await vault('operator init -key-shares=3 -key-threshold=2 -format=json')).out) as { unseal_keys_b64: string[]; root_token: string }
    expect(made.unseal_keys_b64).toHaveLength(3)
    expect(await vault('status')).toMatchObject({ code: 2, out: expect.stringContaining('Unseal Progress    0/2') })
    expect(await vault('kv get secret/x')).toMatchObject({ code: 2, err: expect.stringContaining('operator unseal') })
    expect((await vault('operator unseal -', `${made.unseal_keys_b64[0]}\n`)).out).toContain('Unseal Progress    1/2')
    expect((await vault('operator unseal', `${made.unseal_keys_b64[2]}\n`)).out).toContain('Sealed          false')
    expect(await vault('status')).toMatchObject({ code: 0 })
    const root = { VAULT_TOKEN: made.root_token }
    expect((await vault('operator rotate', '', root)).out).toMatch(/^Success! Rotated key\n\nKey Term +2\nInstall Time +\d\d \w{3} \d\d \d\d:\d\d UTC\n/)
    expect((await vault('operator key-status', '', root)).out).toMatch(/^Key Term +2\n/)
    expect((await vault('operator seal', '', root)).out).toBe('Success! Vault is sealed.\n')
    expect(await vault('status')).toMatchObject({ code: 2 })
  })
})
