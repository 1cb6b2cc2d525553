import { describe, expect, it } from 'vitest'
import { CoreError } from '../errors.js'
import { openCore } from '../testing/open-core.js'

describe('sys/wrapping/wrap', () => {
  it('puts what was sent into the data of the answer, and nowhere else', async () => {
    const { ask } = await openCore()
    const sent = { hidden: 'x', errors: ['e'], keys: ['k'], sealed: true, data: { a: 1 }, auth: { client_token: 'c' } }
    const { wrap } = await ask('write', 'sys/wrapping/wrap', sent, { wrapTtl: 60 })

    const { verbatim = '' } = await ask('write', 'sys/wrapping/unwrap', { token: wrap?.token })

    const { request_id: _, ...body } = JSON.parse(verbatim) as Record<string, unknown>
    expect(body).toEqual({ lease_id: '', renewable: false, lease_duration: 0, data: sent, wrap_info: null, warnings: null, auth: null })
  })
})

describe('sys/wrapping/unwrap', () => {
  it.each(['unwrap', 'rewrap'])('%s wants a caller for a token in the body, and leaves the token unused without one', async (verb) => {
    const { ask } = await openCore()
    const { wrap } = await ask('write', 'sys/wrapping/wrap', { a: 1 }, { wrapTtl: 60 })

    for (const token of [undefined, 'hvs.unknown']) {
      await expect(ask('write', `sys/wrapping/${verb}`, { token: wrap?.token }, { token })).rejects.toSatisfy(CoreError.noToken.is)
      await expect(ask('write', `sys/wrapping/${verb}`, {}, { token: undefined })).rejects.toSatisfy(CoreError.noToken.is)
    }

    expect(await ask('write', `sys/wrapping/${verb}`, { token: wrap?.token })).toMatchObject({ status: 200 })
  })

  it('opens no token of another kind, and takes no use off it', async () => {
    const { ask, token } = await openCore()
    const counted = await token(['default'], { num_uses: 2 })

    await expect(ask('write', 'sys/wrapping/unwrap', { token: counted })).rejects.toSatisfy(CoreError.badWrappingToken.is)

    expect(await ask('write', 'auth/token/lookup', { token: counted })).toMatchObject({ data: { num_uses: 2 } })
  })
})
