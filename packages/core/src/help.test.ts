import { describe, expect, it } from 'vitest'
import { openCore } from './testing/open-core.js'

describe('help', () => {
  it('is given for a path that knows no read', async () => {
    const { ask } = await openCore()

    const { data } = await ask('read', 'auth/token/create', {}, { help: true })

    expect(data?.['help']).toContain('Make a child of your token.')
  })

  it('has the OpenAPI document of that path with it, and of the whole engine at its own address', async () => {
    const { ask } = await openCore()
    const pathsAt = async (path: string) => {
      const { data } = await ask('read', path, {}, { help: true })
      expect(data?.['openapi']).toMatchObject({ openapi: '3.0.2', info: { version: '1.16.3' }, components: {} })
      return Object.keys((data?.['openapi'] as { paths: object }).paths)
    }

    expect(await pathsAt('auth/token/create')).toEqual(['/auth/token/create'])
    expect(await pathsAt('sys/mounts/notes/tune')).toEqual(['/sys/mounts/{path}/tune', '/sys/mounts/{path}'])
    expect(await pathsAt('cubbyhole/')).toEqual(['/cubbyhole/{path}', '/cubbyhole/', '/cubbyhole/{path}/'])
  })

  it('is not given for a path that is not there', async () => {
    const { ask } = await openCore()

    await expect(ask('read', 'auth/token/nothing', {}, { help: true })).rejects.toMatchObject({ status: 404 })
    await expect(ask('read', 'nothing', {}, { help: true })).rejects.toMatchObject({ status: 404 })
  })
})
