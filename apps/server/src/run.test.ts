import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVault } from '@chatelaine/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emptyConfig, type Config } from './config/config.js'
import { devConfig, type DevOptions, type DevVault } from './dev.js'
import { ServerError } from './errors.js'
import { runServer, type Surroundings } from './run.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'run-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const at = (name: string) => join(folder, name)
const health = async (address: string) => (await fetch(`${address}/v1/sys/health`)).status
const log = () => readFileSync(at('server.log'), 'utf8')

/** A terminal and a signal handler, as a program has them around it. */
function surroundings() {
  let printed = ''
  let handlers: Parameters<Surroundings['onSignal']>[0] | undefined
  const around: Surroundings = {
    print: (text) => void (printed += text),
    onSignal(given) {
      handlers = given
      return () => (handlers = undefined)
    },
  }
  return { around, printed: () => printed, handlers: () => handlers }
}

/** Runs a server until `during` is through with it. */
async function running(
  config: Config,
  dev: DevOptions | undefined,
  during: (house: { address: string; vault: DevVault | undefined; reload(): void; printed(): string }) => Promise<void>,
): Promise<string> {
  const { around, printed, handlers } = surroundings()
  let vault: DevVault | undefined
  const done = runServer({ config, dev, onDev: (made) => (vault = made) }, around)
  const begun = expect.poll(handlers).toBeDefined()
  await Promise.race([begun, done])
  const port = /tcp \(addr: "127\.0\.0\.1:(\d+)"/.exec(printed())?.[1]
  const house = { address: `http://127.0.0.1:${port}`, vault, printed, reload: () => handlers()?.reload() }
  await during(house).finally(() => handlers()?.stop())
  await done
  expect(handlers()).toBeUndefined()
  return printed()
}

const dev = (): Config => devConfig({ address: '127.0.0.1:0' }, { ...emptyConfig, logFile: at('server.log') })

describe('a server that runs', () => {
  it('says what it is, and where', async () => {
    const plain = { ...dev(), storage: { type: 'embedded', path: at('vault') }, seal: { type: 'keyfile', path: at('key') } } as const

    const printed = await running(plain, undefined, async ({ address }) => {
      expect(await health(address)).toBe(501)
    })

    expect(printed.split('\n').map((line) => line.replace(/:\d+(?=["\n]|$)/, ':PORT').replace(/Node v.*/, 'Node'))).toEqual([
      '==> Chatelaine server configuration:',
      '',
      '             Api Address: http://127.0.0.1:PORT',
      '              Listener 1: tcp (addr: "127.0.0.1:PORT", tls: "disabled")',
      '               Log Level: info',
      `                 Storage: embedded (${at('vault')})`,
      '                    Seal: keyfile',
      '                 Version: chatelaine 0.1.0 (API of Vault 1.16.3), Node',
      '',
      '==> Chatelaine server started! Log data will stream in below:',
      '',
      '==> Chatelaine shutdown triggered',
      '',
    ])
  })

  it('keeps its process id in a file for as long as it runs', async () => {
    await running({ ...dev(), pidFile: at('pid') }, undefined, async () => {
      expect(readFileSync(at('pid'), 'utf8')).toBe(`${process.pid}\n`)
    })

    expect(existsSync(at('pid'))).toBe(false)
  })

  it('does not start when it cannot write its process id, and leaves what is there', async () => {
    const config = { ...dev(), storage: { type: 'embedded', path: at('vault') } } as const
    const { around } = surroundings()

    await expect(runServer({ config: { ...config, pidFile: folder } }, around)).rejects.toThrow(`cannot write the pid file ${folder}: EISDIR`)

    await running(config, undefined, async ({ address }) => expect(await health(address)).toBe(501))
  })

  it('does not start where nobody could reach it', async () => {
    const { around } = surroundings()

    await expect(runServer({ config: { ...dev(), listeners: [] } }, around)).rejects.toSatisfy(ServerError.noListener.is)
  })

  it('says in its log that it reloaded', async () => {
    await running(dev(), undefined, async ({ reload }) => {
      reload()
      await expect.poll(log).toContain('reloaded')
    })
  })

  it('survives a reload that fails, and says so in its log', async () => {
    const config = dev()
    await running(config, undefined, async ({ reload, address }) => {
      renameSync(at('server.log'), at('moved.log'))
      mkdirSync(at('server.log'))
      reload()
      await expect.poll(() => readFileSync(at('moved.log'), 'utf8')).toContain('reload failed')
      expect(await health(address)).toBe(501)
    })
  })
})

describe('a server for development', () => {
  it('is open, with KV version 2 at secret/ and the keys on the screen', async () => {
    const printed = await running(dev(), {}, async ({ address, vault }) => {
      const client = createVault({ address, token: vault?.rootToken })
      await client.write('secret/data/a', { data: { is: 'kept' } })

      expect(await client.read('secret/data/a')).toMatchObject({ data: { is: 'kept' }, metadata: { version: 1 } })
      expect(vault?.rootToken).toMatch(/^hvs\.[A-Za-z0-9]{24}$/)
    })

    expect(printed).toContain('WARNING! dev mode is enabled!')
    expect(printed).toMatch(/export VAULT_ADDR='http:\/\/127\.0\.0\.1:\d+'/)
    expect(printed).toMatch(/^Unseal Key: [A-Za-z0-9+/]{43}=$/m)
    expect(printed).toMatch(/^Root Token: hvs\.[A-Za-z0-9]{24}$/m)
    expect(printed).toContain('Storage: inmem')
    expect(printed).toContain('Seal: shamir')
  })

  it('takes the root token it is given, and KV version 1 when asked', async () => {
    await running(dev(), { rootToken: 'root', kvVersion: '1' }, async ({ address, vault }) => {
      const client = createVault({ address, token: 'root' })
      await client.write('secret/a', { is: 'kept' })

      expect(vault?.rootToken).toBe('root')
      expect(await client.read('secret/a')).toEqual({ is: 'kept' })
    })
  })

  it('can be sealed and opened again with the key it shows', async () => {
    await running(dev(), {}, async ({ address, vault }) => {
      const client = createVault({ address, token: vault?.rootToken })
      await client.write('sys/seal', {})
      expect(await health(address)).toBe(503)

      await client.write('sys/unseal', { key: vault?.unsealKey })

      expect(await health(address)).toBe(200)
    })
  })

  it('needs no key file and leaves none, whatever the configuration beside it says', async () => {
    const config = devConfig({ address: '127.0.0.1:0' }, { ...emptyConfig, logFile: at('server.log'), seal: { type: 'keyfile', path: at('key') } })

    await running(config, {}, async () => undefined)

    expect(existsSync(at('key'))).toBe(false)
  })

  it('fills in the port, and refuses an address that is none', () => {
    expect(devConfig({ address: '0.0.0.0' }).listeners[0]?.address).toEqual({ host: '0.0.0.0', port: 8200 })
    expect(devConfig({}).listeners[0]?.address).toEqual({ host: '127.0.0.1', port: 8200 })
    expect(() => devConfig({ address: 'a:b:c' })).toThrow('-dev-listen-address must be host:port')
  })
})
