import { chmodSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './config/files.js'
import { openLog } from './log.js'
import { writeOwn } from './own-file.js'
import { startServer, type Server } from './server.js'

let folder: string
let running: Server[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'place-'))
  running = []
})
afterEach(async () => {
  for (const server of running) await server.close()
  rmSync(folder, { recursive: true })
})

const at = (name: string) => join(folder, name)

/** A server with everything that a configuration can name, and a way to send it what any client could. */
async function start(more = '') {
  mkdirSync(at('conf'))
  writeFileSync(at('conf/server.hcl'), `
    storage "embedded" { path = "${at('vault')}" }
    seal "keyfile" { path = "${at('unseal.key')}" }
    listener "tcp" { address = "127.0.0.1:0" tls_disable = true }
    listener "unix" { address = "${at('door.sock')}" }
    log_file = "${at('server.log')}"
    pid_file = "${at('server.pid')}"
    ${more}
  `)
  writeFileSync(at('unseal.key'), Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 })
  const config = loadConfig([at('conf')])
  const server = await startServer({ config, log: openLog(config) })
  running.push(server)
  const made = await server.core.initialize({ shares: 1, threshold: 1 })
  const send = async (method: string, path: string, body: unknown) => {
    const answer = await fetch(`${server.addresses[0]}/v1/${path}`, { method, headers: { 'X-Vault-Token': made.rootToken }, body: JSON.stringify(body) })
    return { status: answer.status, text: await answer.text() }
  }
  const enable = (file_path: string, options = {}) => send('POST', 'sys/audit/one', { type: 'file', options: { file_path, ...options } })
  return { server, config, enable, send }
}

describe('an audit device that a client asks for', () => {
  it('is never written to what the configuration names, however it is spelled, and changes no mode', async () => {
    const { enable } = await start()
    symlinkSync(folder, at('up'))
    linkSync(at('unseal.key'), at('second.log'))
    const stored = join('vault', '000001.log')
    const names = [
      'unseal.key', 'second.log', 'up/unseal.key', stored, `up/${stored}`, 'vault/new.log', 'vault/lock', 'server.log', 'server.pid', 'door.sock',
      'conf/server.hcl', 'conf/more.json', 'up/conf/more.hcl', 'conf/./server.hcl', 'other/../unseal.key',
    ]
    const before = readFileSync(at('unseal.key'), 'utf8')

    for (const name of names) {
      const { status, text } = await enable(`${folder}/${name}`, { mode: '0644' })
      expect([name, status]).toEqual([name, 400])
      expect(text).not.toContain(folder)
    }

    expect([readFileSync(at('unseal.key'), 'utf8'), statSync(at('unseal.key')).mode & 0o777]).toEqual([before, 0o600])
    expect(existsSync(at('conf/more.json'))).toBe(false)
    expect((await enable(at('logs/audit.log'))).status).toBe(204)
    expect(statSync(at('logs')).mode & 0o777).toBe(0o700)
  })

  it('is refused on a shell profile, and under a name that a shell would run', async () => {
    const { enable } = await start()
    writeFileSync(at('profile'), 'PATH=/bin\n', { mode: 0o644 })
    chmodSync(at('profile'), 0o644)

    for (const path of [at('profile'), at('$(touch x)'), at('.profile'), '/etc/profile.d/a.sh', at('a\nb')]) {
      expect([path, (await enable(path)).status]).toEqual([path, 400])
    }

    expect([readFileSync(at('profile'), 'utf8'), statSync(at('profile')).mode & 0o777]).toEqual(['PATH=/bin\n', 0o644])
  })

  it('keeps to the folders that audit_file_folders names', async () => {
    const { enable } = await start(`audit_file_folders = ["${at('logs')}"]`)

    expect(await enable(at('audit.log'))).toMatchObject({ status: 400, text: expect.stringContaining('audit_file_folders') })
    expect((await enable(at('logs/deep/audit.log'))).status).toBe(204)
  })
})

describe('a file of the server itself', () => {
  const isPid = (text: string) => /^\d*\s*$/.test(text)

  it('is no link and no second name of a file, and replaces nothing that is not its own', () => {
    writeFileSync(at('precious'), 'precious')
    symlinkSync(at('precious'), at('link'))
    linkSync(at('precious'), at('second'))
    writeFileSync(at('text'), 'not a number')

    for (const name of ['link', 'second', 'text']) {
      expect(() => writeOwn({ what: 'pid file', file: at(name) }, '1\n', isPid), name).toThrow(/remove it, or choose another path/)
    }
    for (const name of ['link', 'second']) {
      expect(() => openLog({ logLevel: 'info', logFile: at(name) }), name).toThrow(/remove it, or choose another path/)
    }

    expect([readFileSync(at('precious'), 'utf8'), readFileSync(at('text'), 'utf8')]).toEqual(['precious', 'not a number'])
    writeFileSync(at('stale'), '123\n')
    writeOwn({ what: 'pid file', file: at('stale') }, '4567\n', isPid)
    expect(readFileSync(at('stale'), 'utf8')).toBe('4567\n')
  })

  it('is not kept in a store folder that everybody may write to', async () => {
    mkdirSync(at('vault'))
    chmodSync(at('vault'), 0o777)

    await expect(start()).rejects.toThrow(/chmod 700/)
  })
})
