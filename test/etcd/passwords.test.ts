import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strict } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { eventually, put, stageFor, text } from './stage.js'

const folder = mkdtempSync(join(tmpdir(), 'chatelaine-jwt-'))
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const keys = { pub: join(folder, 'pub.pem'), priv: join(folder, 'priv.pem') }
writeFileSync(keys.pub, publicKey.export({ type: 'spki', format: 'pem' }))
writeFileSync(keys.priv, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 })

const stage = stageFor({ nodes: 1, extraArgs: [`--auth-token=jwt,pub-key=${keys.pub},priv-key=${keys.priv},sign-method=RS256,ttl=10m`] })

describe('a user of etcd with a password and a JWT', { timeout: 60_000 }, () => {
  it('goes on when other users of etcd change, at once and without notice', async () => {
    const root = await stage.members({ as: 'root' })
    const user = { name: 'pat', password: 'a password' }
    await root.call('Auth/UserAdd', user)
    await root.call('Auth/UserGrantRole', { user: 'pat', role: 'chatelaine' })
    const storage = await stage.store({ tls: stage.tls('backup'), user })
    const works = async (value: string) => {
      expect(await storage.commit([put('k', value)])).toBe(true)
      expect(text(await strict(storage).get('k'))).toBe(value)
      expect(await storage.list('')).toEqual(['k'])
      expect(storage.health().state).toBe('ok')
    }
    await works('before')
    for (const name of ['other', 'another', 'third']) {
      await root.call('Auth/UserAdd', { name, password: 'x' })
      await works(name)
    }
    // The watch is opened anew with a token from before.
    await root.call('Auth/UserAdd', { name: 'fourth', password: 'x' })
    const watches = () => storage.measures().find(({ name }) => name === 'chatelaine_etcd_watches_total')?.value ?? 0
    const opened = watches()
    storage.renewTls(stage.tls('backup'))
    expect(await eventually(() => watches() > opened)).toBe(true)
    await works('after')
  })
})
