import { storageContract } from '@chatelaine/sdk/testing'
import { describe, expect, it } from 'vitest'
import { put, stageFor, text } from './stage.js'

const stage = stageFor({}, '3.4')

storageContract("etcd of Debian 12, 3.4", () => stage.store())

const warnings = (said: readonly string[]) => said.filter((line) => line.startsWith('WARNING'))

describe('an etcd with known holes', () => {
  it('is warned of when a store is opened', async () => {
    const said: string[] = []
    const storage = await stage.store({ log: (message) => said.push(message) })

    expect(warnings(said)).toEqual([expect.stringMatching(/^WARNING: etcd 3\.4\.\d+ has known holes \(CVE-2026-33343/)])
    await storage.commit([put('k', 'v')])
    expect(text(await storage.get('k'))).toBe('v')
  })

  it('is refused in production, unless it is allowed by name', async () => {
    const production = true
    await expect(stage.store({ production })).rejects.toMatchObject({ code: 'storage.holes', message: expect.stringContaining('allow_version') })
    await expect(stage.store({ production, allowVersion: '3.4.22' })).rejects.toMatchObject({ code: 'storage.holes' })
    const [version] = (await stage.members()).facts.map((facts) => facts.version)

    const said: string[] = []
    await stage.store({ production, allowVersion: version, log: (message) => said.push(message) })
    expect(warnings(said)).toEqual([])
  })
})
