import { describe, expect, it } from 'vitest'
import { CoreError } from '../errors.js'
import { openCore } from '../testing/open-core.js'

describe('sys/capabilities', () => {
  it('refuses to tell the capabilities of no path', async () => {
    const { ask, root } = await openCore()

    for (const input of [{}, { paths: [] }, { path: '' }]) {
      await expect(ask('write', 'sys/capabilities-self', input)).rejects.toSatisfy(CoreError.noPaths.is)
      await expect(ask('write', 'sys/capabilities', { token: root, ...input })).rejects.toSatisfy(CoreError.noPaths.is)
    }
  })

  it('tells those of paths given under either name', async () => {
    const { ask } = await openCore()

    const { data } = await ask('write', 'sys/capabilities-self', { path: 'a', paths: 'b,c' })

    expect(data).toEqual({ a: ['root'], b: ['root'], c: ['root'] })
  })
})
