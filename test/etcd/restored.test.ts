import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eventually, put, stageFor, text } from './stage.js'

const stage = stageFor({ auth: false })

describe('etcd brought back to an earlier state', () => {
  it('is refused by who has seen a later one, and taken by who comes anew', { timeout: 60_000 }, async () => {
    const [storage, idle] = [await stage.store(), await stage.store()]
    await storage.commit([put('token', 'revoked since')])
    await idle.catchUp()
    const { nodes } = stage.cluster
    for (const node of nodes) await node.kill()
    for (const { name } of nodes) rmSync(join(stage.folder, name), { recursive: true })
    await Promise.all(nodes.map((node) => node.start()))

    // Until its members answer it is an outage like any other.
    const rewound = { code: 'storage.rewound', status: 503, message: expect.stringContaining('restart') }
    await eventually(() => storage.catchUp().then(() => 'caught up', (error: { code: string }) => error.code === 'storage.rewound'))
    for (const attempt of [storage.catchUp(), storage.get('token'), storage.list(''), storage.commit([put('more')])]) await expect(attempt).rejects.toMatchObject(rewound)
    expect(storage.health()).toMatchObject({ state: 'rewound', problem: rewound.message })

    const fresh = await stage.store()
    await fresh.commit([put('token', 'as of then')])
    expect(text(await fresh.get('token'))).toBe('as of then')
    expect(fresh.health().state).toBe('ok')
  })
})
