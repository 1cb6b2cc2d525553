import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVault, inProcess, type Vault } from '@chatelaine/client'
import { startSandbox, trust, type Account, type Sandbox, type SandboxOptions } from '@chatelaine/sandbox'
import { emptyConfig, openLog, startServer, type Server } from '@chatelaine/server'
import { generateSession, readSettings, startUserbot, type Settings, type Userbot } from '@chatelaine/telega'
import { vi } from 'vitest'

export const keysAnswer = 'API_ID: 123456\nAPI_HASH: abcdef1234567890'
export const refusal = 'You are not permitted to do that.'
export const KEEPER = { phone: '9996620001', firstName: 'Keeper', username: 'keeper' }
export const ANN = { phone: '9996620002', firstName: 'Ann', username: 'ann_of_green' }

const userbotPolicy = `
path "auth/telegram/login" { capabilities = ["update"] }
path "secret/data/telega/session-key" { capabilities = ["create", "read", "update"] }`

/** A Vault on disk, unsealed by a key file, that can be stopped and started again where it was. */
export class StageVault {
  readonly folder = mkdtempSync(join(tmpdir(), 'chatelaine-e2e-'))
  readonly auditFile = join(this.folder, 'audit.log')
  readonly rootToken = 'hvs.rootOfTheStage'
  #server: Server | undefined
  #port = 0

  get server(): Server {
    if (!this.#server) throw new Error('the vault is stopped')
    return this.#server
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get root(): Vault {
    return createVault({ address: 'inproc:', transport: inProcess(this.server.core.handle), token: this.rootToken })
  }

  async start(): Promise<void> {
    const rest = { tls: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false }
    const config = {
      ...emptyConfig,
      storage: { type: 'embedded' as const, path: join(this.folder, 'store') },
      seal: { type: 'keyfile' as const, path: join(this.folder, 'unseal.key') },
      listeners: [{ address: { host: '127.0.0.1', port: this.#port }, ...rest }],
    }
    this.#server = await startServer({ config, log: openLog({ logLevel: 'error', logFile: join(this.folder, 'server.log') }) })
    this.#port = Number(new URL(this.#server.addresses[0]!).port)
  }

  async found(): Promise<void> {
    await this.server.core.initialize({ shares: 1, threshold: 1, rootToken: this.rootToken })
    const { root } = this
    await root.write('sys/mounts/secret', { type: 'kv', options: { version: '2' } })
    await root.write('sys/auth/telegram', { type: 'telegram' })
    await root.write('sys/policies/acl/userbot', { policy: userbotPolicy })
    await root.write('sys/policies/acl/telegram-keys', { policy: 'path "secret/data/telegram" { capabilities = ["read"] }' })
    await root.write('secret/data/telegram', { data: { api_id: 123456, api_hash: 'abcdef1234567890' } })
    await root.write('sys/audit/file', { type: 'file', options: { file_path: this.auditFile } })
  }

  async token(more: object = {}): Promise<string> {
    const auth = await this.root.login('auth/token/create-orphan', { policies: ['userbot'], period: '1h', display_name: 'userbot', ...more })
    return auth.client_token
  }

  async stop(): Promise<void> {
    await this.#server?.close()
    this.#server = undefined
  }

  /** The audit log, a record a line. */
  audit(): readonly { readonly type: string; readonly auth?: { readonly display_name?: string }; readonly request: { readonly path: string } }[] {
    return readFileSync(this.auditFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line))
  }
}

/** A Vault, a sandbox in place of Telegram, and Keeper's session, all of them the real thing. */
export class Stage {
  readonly vault = new StageVault()
  /** What was reported, and what was said, by every userbot of this stage. */
  readonly reported: unknown[] = []
  readonly lines: string[] = []
  readonly userbots: Userbot[] = []
  sandbox!: Sandbox
  keeper!: Account
  ann!: Account
  token!: string

  get folder(): string {
    return this.vault.folder
  }

  get settings(): Settings {
    return readSettings(this.folder, {})
  }

  async open(options: SandboxOptions = {}): Promise<this> {
    await this.vault.start()
    await this.vault.found()
    this.sandbox = await startSandbox(options)
    trust(this.sandbox)
    this.keeper = this.sandbox.addUser(KEEPER)
    this.ann = this.sandbox.addUser(ANN)
    this.token = await this.vault.token()
    await this.admit(this.ann.id)
    mkdirSync(join(this.folder, 'telega'))
    writeFileSync(join(this.folder, 'telega', 'session_keys.json'), '{ "api_id": "123456", "api_hash": "abcdef1234567890" }')
    writeFileSync(join(this.folder, 'sandbox.pem'), this.sandbox.publicKeyPem)
    this.writeEnv({})
    return this
  }

  writeEnv(more: Readonly<Record<string, string>>): void {
    const env = {
      VAULT_ADDR: this.vault.address,
      VAULT_TOKEN: this.token,
      TELEGRAM_SERVER: `${this.sandbox.host}:${this.sandbox.port}`,
      TELEGRAM_SERVER_KEY: join(this.folder, 'sandbox.pem'),
      ...more,
    }
    writeFileSync(join(this.folder, '.env'), Object.entries(env).map(([name, value]) => `${name}=${value}\n`).join(''), { mode: 0o600 })
  }

  async admit(...ids: number[]): Promise<void> {
    await this.vault.root.write('auth/telegram/role/telegram-keys', { user_ids: ids, token_policies: ['telegram-keys'], token_ttl: '5m' })
  }

  async logIn(): Promise<void> {
    const ask = async (question: string) => (question.startsWith('Phone') ? KEEPER.phone : this.sandbox.codeFor(KEEPER.phone))
    await generateSession(this.settings, { ask, say: (line) => void this.lines.push(line) })
  }

  async start(settings: Settings = this.settings): Promise<Userbot> {
    const userbot = await startUserbot(settings, { say: (line) => void this.lines.push(line), report: (error) => void this.reported.push(error) })
    this.userbots.push(userbot)
    return userbot
  }

  /** Everything Keeper has written, oldest first. */
  get answers(): readonly string[] {
    return this.sandbox.messagesOf(this.keeper.id).flatMap((one) => (one._ === 'message' && one.out ? [one.message] : []))
  }

  /** Waits until Keeper has written `count` messages. */
  answered(count: number): Promise<readonly string[]> {
    return vi.waitUntil(() => (this.answers.length >= count ? this.answers : undefined), { timeout: 20_000, interval: 20 })
  }

  async close(): Promise<void> {
    for (const userbot of this.userbots) await userbot.close()
    await this.sandbox?.close()
    await this.vault.stop()
    rmSync(this.folder, { recursive: true })
  }
}
