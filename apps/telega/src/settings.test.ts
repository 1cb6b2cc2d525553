import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TelegaError } from './errors.js'
import { isDevelopment, readSettings } from './settings.js'

describe('settings', () => {
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'telega-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  const dotenv = (text: string, mode: number) => {
    writeFileSync(join(folder, '.env'), text)
    chmodSync(join(folder, '.env'), mode)
  }

  it('come from .env in the folder', () => {
    dotenv('VAULT_ADDR=http://127.0.0.1:8200\nVAULT_TOKEN=your_token\n', 0o644)

    expect(readSettings(folder, {})).toMatchObject({
      keysFile: join(folder, 'telega', 'session_keys.json'),
      sessionFile: join(folder, 'telega', 'session.sealed'),
      envFile: join(folder, '.env'),
      tokenFrom: { where: '.env', other: false },
      vaultAddress: 'http://127.0.0.1:8200',
      vaultToken: 'your_token',
      passphrase: undefined,
      keysSecret: 'secret/telegram',
      server: undefined,
    })
  })

  it('are those of the environment where both have one, but not where it is empty', () => {
    dotenv('VAULT_ADDR=https://a\nVAULT_TOKEN=b\n', 0o600)
    expect(readSettings(folder, { VAULT_ADDR: 'https://c', VAULT_TOKEN: '' })).toMatchObject({ vaultAddress: 'https://c', vaultToken: 'b' })
  })

  it('need no .env', () => {
    const env = { VAULT_ADDR: 'https://c', VAULT_TOKEN: 't', TELEGA_KEYS_SECRET: 'kv/x', TELEGRAM_SERVER: 'h:1', TELEGRAM_SERVER_KEY: '/k' }
    expect(readSettings(folder, env)).toMatchObject({ vaultToken: 't', keysSecret: 'kv/x', server: { address: 'h:1', keyFile: '/k' } })
  })

  it.each([0o644, 0o640, 0o604, 0o660])('are refused when a token for a real Vault lies in a .env of mode %o', (mode) => {
    dotenv('VAULT_ADDR=https://vault.example\nVAULT_TOKEN=t\n', mode)
    expect(() => readSettings(folder, {})).toThrow(expect.objectContaining({ code: TelegaError.openToAll.code }))
  })

  it('are taken with a token for a real Vault in a .env of mode 0600', () => {
    dotenv('VAULT_ADDR=https://vault.example\nVAULT_TOKEN=t\n', 0o600)
    expect(readSettings(folder, {}).vaultToken).toBe('t')
  })

  it('are refused with a passphrase in an open .env, whatever the Vault', () => {
    dotenv('VAULT_ADDR=http://127.0.0.1:8200\nTELEGA_PASSPHRASE=long enough it is\n', 0o644)
    expect(() => readSettings(folder, {})).toThrow(expect.objectContaining({ code: TelegaError.openToAll.code }))
  })

  it('say so when .env cannot be read', () => {
    mkdirSync(join(folder, '.env'))
    expect(() => readSettings(folder, {})).toThrow(expect.objectContaining({ code: TelegaError.unreadable.code }))
  })

  it.each(['http://127.0.0.1:8200', 'http://127.1.2.3', 'http://localhost:8200', 'http://[::1]:8200'])('take %s for a development server', (address) => {
    expect(isDevelopment(address)).toBe(true)
  })

  it.each(['', 'nonsense', 'https://127.0.0.1:8200', 'http://127.evil.example', 'http://127.0.0.1.evil.example', 'http://10.0.0.1', 'unix:///run/v.sock'])(
    'do not take %j for a development server',
    (address) => {
      expect(isDevelopment(address)).toBe(false)
    },
  )
})
