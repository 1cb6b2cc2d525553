import { describe, expect, it } from 'vitest'
import { openCore } from './testing/open-core.js'

describe('help', () => {
  it('is given for a path that knows no read', async () => {
    const { ask } = await openCore()

    const { data } = await ask('read', 'auth/token/create', {}, { help: true })

    expect(data?.['help']).toContain('Make a child of your token.')
  })

  it('is not given for a path that is not there', async () => {
    const { ask } = await openCore()

    await expect(ask('read', 'auth/token/nothing', {}, { help: true })).rejects.toMatchObject({ status: 404 })
    await expect(ask('read', 'nothing', {}, { help: true })).rejects.toMatchObject({ status: 404 })
  })
})
