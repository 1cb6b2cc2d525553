import { describe, expect, it } from 'vitest'
import { parseFlags, readFlags } from '../flags.js'
import { globalFlags, quietFlags, settingsOf } from './settings.js'

const settings = (argv: string[], env: Record<string, string> = {}, terminal = false) => {
  const stream = { isTTY: terminal, write: () => true }
  const stdin = { [Symbol.asyncIterator]: async function* () {}, on: () => 0, off: () => 0, resume: () => 0, pause: () => 0 }
  const flags = { ...globalFlags, ...quietFlags }
  return settingsOf(readFlags(flags, parseFlags(argv, flags)), { stdin, stdout: stream, stderr: stream, env, cwd: '/' })
}

describe('settings', () => {
  it('are Vault\'s where nothing is said', () => {
    expect(settings([])).toMatchObject({ address: 'https://127.0.0.1:8200', format: 'table', retries: 2, timeout: 60_000, skipVerify: false })
  })

  it('prefer a flag to the environment', () => {
    const env = { VAULT_ADDR: 'http://env', VAULT_FORMAT: 'yaml', VAULT_NAMESPACE: 'env', VAULT_SKIP_VERIFY: 'true', VAULT_CLIENT_TIMEOUT: '5s' }

    expect(settings([], env)).toMatchObject({ address: 'http://env', format: 'yaml', namespace: 'env', skipVerify: true, timeout: 5000 })
    expect(settings(['-address=http://flag', '-format=json', '-ns', 'flag', '-tls-skip-verify=false'], env)).toMatchObject({
      address: 'http://flag', format: 'json', namespace: 'flag', skipVerify: false,
    })
  })

  it('take an empty variable for none', () => {
    expect(settings([], { VAULT_ADDR: '', VAULT_TOKEN: '' })).toMatchObject({ address: 'https://127.0.0.1:8200', token: undefined })
  })

  it('colour only a terminal that did not ask to be left plain', () => {
    expect(settings([], {}, true).colour).toBe(true)
    expect(settings([], { NO_COLOR: '' }, true).colour).toBe(false)
    expect(settings([], { VAULT_CLI_NO_COLOR: '1' }, true).colour).toBe(false)
    expect(settings([]).colour).toBe(false)
  })

  it('refuse what they cannot read', () => {
    expect(() => settings(['-format=xml'])).toThrow('Invalid output format: xml')
    expect(() => settings([], { VAULT_SKIP_VERIFY: 'maybe' })).toThrow('VAULT_SKIP_VERIFY must be true or false')
  })
})
