import { describe, expect, it } from 'vitest'
import { furnishedCore, openCore, type House } from './testing/open-core.js'

const gone = { status: 400, message: 'wrapping token is not valid or does not exist' }
const as = (token: string | undefined) => ({ token })

/** Something wrapped for a minute, and the token it is in. */
async function wrapped(house: House, input: Record<string, unknown> = { secret: 'word' }) {
  const { wrap } = await house.ask('write', 'sys/wrapping/wrap', input, { wrapTtl: 60 })
  return { wrap, token: wrap?.token ?? '' }
}

const opened = (text: string | undefined) => JSON.parse(text ?? '{}') as { data: unknown; request_id: string; auth: { client_token: string } | null }

describe('wrapping', () => {
  it('hands out a token for one use in place of the answer', async () => {
    const house = await openCore()

    const answer = await house.ask('write', 'sys/wrapping/wrap', { secret: 'word' }, { wrapTtl: 60 })

    expect(answer).toMatchObject({ status: 200, wrap: { ttl: 60, creation_path: 'sys/wrapping/wrap', creation_time: '2030-01-01T00:00:00.000Z' } })
    expect(answer.data).toBeUndefined()
    expect((await house.ask('write', 'auth/token/lookup', { token: answer.wrap?.token })).data).toMatchObject({
      policies: ['response-wrapping'], num_uses: 1, ttl: 60, explicit_max_ttl: 60, renewable: false, orphan: true,
    })
  })

  it('must be asked for on its own path', async () => {
    const { ask } = await openCore()

    await expect(ask('write', 'sys/wrapping/wrap', { a: 1 })).rejects.toMatchObject({ status: 400, message: 'endpoint requires response wrapping to be used' })
  })

  it('wraps any answer with something in it, and names the accessor of a token inside', async () => {
    const house = await furnishedCore()
    await house.ask('write', 'notes/a', { x: 1 }, { wrapTtl: 60 })

    const note = await house.ask('read', 'notes/a', {}, { wrapTtl: 60 })
    const login = await house.ask('write', 'auth/door/login', {}, { wrapTtl: 60, token: undefined })
    const silence = await house.ask('write', 'notes/b', { x: 1 }, { wrapTtl: 60 })

    expect(note).toMatchObject({ wrap: { creation_path: 'notes/a' } })
    expect([silence.status, silence.wrap]).toEqual([204, undefined])
    const text = (await house.ask('write', 'sys/wrapping/unwrap', {}, as(login.wrap?.token))).verbatim
    const token = opened(text).auth?.client_token
    expect((await house.ask('read', 'auth/token/lookup-self', {}, as(token))).data).toMatchObject({ accessor: login.wrap?.wrapped_accessor })
  })

  it('leaves an error as it is', async () => {
    const { ask, storage } = await furnishedCore()
    const before = await storage.list('sys/token/id/')

    await expect(ask('read', 'nowhere/a', {}, { wrapTtl: 60 })).rejects.toMatchObject({ status: 404 })

    expect(await storage.list('sys/token/id/')).toEqual(before)
  })
})

describe('unwrapping', () => {
  it('gives the answer word for word to who comes with the token, once', async () => {
    const house = await openCore()
    const { token } = await wrapped(house)

    const answer = await house.ask('write', 'sys/wrapping/unwrap', {}, as(token))

    expect(opened(answer.verbatim)).toMatchObject({ data: { secret: 'word' }, request_id: expect.stringMatching(/^[0-9a-f-]{36}$/), lease_id: '', auth: null })
    await expect(house.ask('write', 'sys/wrapping/unwrap', {}, as(token))).rejects.toMatchObject(gone)
    await expect(house.ask('write', 'sys/wrapping/unwrap', { token })).rejects.toMatchObject(gone)
  })

  it('gives it to who names the token and comes with another, once', async () => {
    const house = await openCore()
    const { token } = await wrapped(house)
    const other = await house.token(['default'])

    expect(opened((await house.ask('write', 'sys/wrapping/unwrap', { token }, as(other))).verbatim).data).toEqual({ secret: 'word' })

    await expect(house.ask('write', 'sys/wrapping/unwrap', { token }, as(other))).rejects.toMatchObject(gone)
  })

  it('takes a token that is both named and come with as used once', async () => {
    const house = await openCore()
    const { token } = await wrapped(house)

    expect(opened((await house.ask('write', 'sys/wrapping/unwrap', { token }, as(token))).verbatim).data).toEqual({ secret: 'word' })
  })

  it.each(['come with', 'named', 'both'])('opens a token exactly once, however many open it at once: %s', async (how) => {
    const house = await openCore()
    const { token } = await wrapped(house)
    const before = house.root
    const one = (i: number) => {
      const comes = how === 'come with' || (how === 'both' && i % 2 === 0)
      return house.ask('write', 'sys/wrapping/unwrap', comes ? {} : { token }, as(comes ? token : before))
    }

    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, (_, i) => one(i)))

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await house.storage.list('sys/token/id/')).toHaveLength(1)
    const cubbyhole = (await house.storage.list('logical/')).map((uuid) => house.storage.list(`logical/${uuid}`))
    expect((await Promise.all(cubbyhole)).flat()).toEqual([])
  })

  it('ends with the time that was given', async () => {
    const house = await openCore()
    const { token } = await wrapped(house)

    house.clock.forward(60)

    await expect(house.ask('write', 'sys/wrapping/unwrap', { token })).rejects.toMatchObject(gone)
    await expect(house.ask('write', 'sys/wrapping/unwrap', {}, as(token))).rejects.toMatchObject(gone)
  })

  it('ends with its token, revoked by accessor; a token that was wrapped may be revoked and is still handed out', async () => {
    const house = await furnishedCore()
    const { token, wrap } = await wrapped(house)
    const login = await house.ask('write', 'auth/door/login', {}, { wrapTtl: 60, token: undefined })
    await house.ask('write', 'auth/token/revoke-accessor', { accessor: wrap?.accessor })
    await house.ask('write', 'auth/token/revoke-accessor', { accessor: login.wrap?.wrapped_accessor })

    await expect(house.ask('write', 'sys/wrapping/unwrap', { token })).rejects.toMatchObject(gone)
    expect(opened((await house.ask('write', 'sys/wrapping/unwrap', { token: login.wrap?.token })).verbatim).auth).toBeTruthy()
  })

  it('is refused for other tokens, and uses none of them up', async () => {
    const house = await openCore()
    const token = await house.token(['default'], { num_uses: 2 })

    await expect(house.ask('write', 'sys/wrapping/unwrap', { token })).rejects.toMatchObject(gone)
    await expect(house.ask('write', 'sys/wrapping/unwrap')).rejects.toMatchObject(gone)

    expect((await house.ask('write', 'auth/token/lookup', { token })).data).toMatchObject({ num_uses: 2 })
  })

  it('can be done through the cubbyhole, as older clients do', async () => {
    const house = await openCore()
    const { token } = await wrapped(house)

    const { data } = await house.ask('read', 'cubbyhole/response', {}, as(token))

    expect(opened(data?.['response'] as string).data).toEqual({ secret: 'word' })
  })
})

describe('a wrapping token', () => {
  it('says what it holds without being used, to anybody who has it', async () => {
    const house = await openCore()
    const { token } = await wrapped(house)
    const expected = { creation_path: 'sys/wrapping/wrap', creation_time: '2030-01-01T00:00:00.000Z', creation_ttl: 60 }

    expect((await house.ask('write', 'sys/wrapping/lookup', { token }, as(undefined))).data).toEqual(expected)
    expect((await house.ask('write', 'sys/wrapping/lookup', {}, as(token))).data).toEqual(expected)
    expect((await house.ask('read', 'sys/wrapping/lookup', {}, as(token))).data).toEqual(expected)

    expect((await house.ask('write', 'sys/wrapping/unwrap', { token })).status).toBe(200)
    await expect(house.ask('write', 'sys/wrapping/lookup', { token }, as(undefined))).rejects.toMatchObject(gone)
  })

  it('can be exchanged for another with the same content, once', async () => {
    const house = await openCore()
    const { token } = await wrapped(house)

    const { wrap } = await house.ask('write', 'sys/wrapping/rewrap', { token })

    expect(wrap).toMatchObject({ ttl: 60, creation_path: 'sys/wrapping/wrap' })
    await expect(house.ask('write', 'sys/wrapping/rewrap', { token })).rejects.toMatchObject(gone)
    await expect(house.ask('write', 'sys/wrapping/unwrap', { token })).rejects.toMatchObject(gone)
    expect(opened((await house.ask('write', 'sys/wrapping/unwrap', { token: wrap?.token })).verbatim).data).toEqual({ secret: 'word' })
  })

  it('is good for nothing else, and gone after having tried', async () => {
    const house = await openCore()
    const { token } = await wrapped(house)

    await expect(house.ask('read', 'sys/mounts', {}, as(token))).rejects.toMatchObject({ status: 403 })

    await expect(house.ask('write', 'sys/wrapping/unwrap', {}, as(token))).rejects.toMatchObject(gone)
  })

  it('cannot be made by naming its policy', async () => {
    const { ask } = await openCore()

    for (const name of ['response-wrapping', 'Response-Wrapping']) {
      await expect(ask('write', 'auth/token/create', { policies: [name] })).rejects.toMatchObject({ status: 400 })
      await expect(ask('write', `sys/policies/acl/${name}`, { policy: 'path "*" { capabilities = ["sudo"] }' })).rejects.toMatchObject({ status: 400 })
    }
  })

  it('may be demanded by a policy, within bounds', async () => {
    const { ask, token } = await furnishedCore()
    await ask('write', 'notes/a', { x: 1 })
    await ask('write', 'sys/policies/acl/wrapped', { policy: 'path "notes/*" { capabilities = ["read"] min_wrapping_ttl = "10s" max_wrapping_ttl = "1m" }' })
    const id = await token(['wrapped'])
    const read = (wrapTtl?: number) => ask('read', 'notes/a', {}, { token: id, ...(wrapTtl !== undefined && { wrapTtl }) })

    for (const ttl of [undefined, 9, 61]) await expect(read(ttl)).rejects.toMatchObject({ status: 403 })
    expect((await read(10)).wrap).toMatchObject({ ttl: 10 })
  })
})

describe('a cubbyhole', () => {
  it('is its token\'s own: not even root looks into another\'s', async () => {
    const { ask, token } = await openCore()
    const [one, two] = [await token(['default']), await token(['default'])]

    await ask('write', 'cubbyhole/a/b', { x: 1 }, as(one))

    expect((await ask('read', 'cubbyhole/a/b', {}, as(one))).data).toEqual({ x: 1 })
    expect((await ask('list', 'cubbyhole/', {}, as(one))).data).toEqual({ keys: ['a/'] })
    expect((await ask('list', 'cubbyhole/a', {}, as(one))).data).toEqual({ keys: ['b'] })
    for (const other of [two, undefined]) {
      const extra = other === undefined ? {} : as(other)
      expect(await ask('read', 'cubbyhole/a/b', {}, extra)).toMatchObject({ status: 404 })
      expect(await ask('list', 'cubbyhole/', {}, extra)).toMatchObject({ status: 404 })
    }
  })

  it('is not reached by pretending to be elsewhere', async () => {
    const { ask, token, storage } = await openCore()
    const one = await token(['default'])
    await ask('write', 'cubbyhole/a', { x: 1 }, as(one))
    const [uuid = ''] = await storage.list('logical/')
    const [folder = ''] = await storage.list(`logical/${uuid}`)

    for (const path of [`cubbyhole/../${folder}a`, `cubbyhole/${folder}a`, `cubbyhole//a`]) {
      expect(await ask('read', path), path).toMatchObject({ status: 404 })
    }
  })

  it('is emptied with its token', async () => {
    const { ask, token, storage } = await openCore()
    const id = await token(['default'])
    for (let i = 0; i < 20; i++) await ask('write', `cubbyhole/${i % 3}/${i}`, { x: 1 }, as(id))

    await ask('write', 'auth/token/revoke', { token: id })

    expect(await storage.list('logical/')).toEqual([])
  })

  it('asks for a name and for something to keep', async () => {
    const { ask } = await openCore()

    await expect(ask('write', 'cubbyhole', { x: 1 })).rejects.toMatchObject({ status: 400 })
    await expect(ask('write', 'cubbyhole/a', {})).rejects.toMatchObject({ status: 400, message: 'missing data fields' })
    expect(await ask('delete', 'cubbyhole/none')).toMatchObject({ status: 204 })
  })
})

describe('a wrapped answer in storage', () => {
  it('is not kept for who shows no token, on any path that needs none, unless it is a login', async () => {
    const { ask, storage } = await furnishedCore()
    const kept = async () => [await storage.list('sys/token/id/'), await storage.list('logical/')]
    const before = await kept()
    const paths = [
      ['read', 'sys/internal/ui/mounts'], ['read', 'sys/internal/specs/openapi'], ['read', 'sys/seal-status'], ['read', 'sys/health'], ['read', 'sys/leader'],
    ] as const

    for (const [verb, path] of paths) {
      for (const token of [undefined, 'hvs.nobody']) {
        const answer = await ask(verb, path, {}, { token, wrapTtl: 60 }).catch(() => undefined)
        expect(answer?.wrap, path).toBeUndefined()
      }
    }

    expect(await kept()).toEqual(before)
    expect((await ask('write', 'auth/door/login', {}, { token: undefined, wrapTtl: 60 })).wrap).toMatchObject({ ttl: 60 })
  })

  it('is kept no longer than the system lets anything live, whoever asks', async () => {
    const { ask, clock } = await furnishedCore()
    const longest = 2_764_800

    const { wrap } = await ask('read', 'sys/internal/ui/mounts', {}, { wrapTtl: 9_000_000_000_000 })
    const login = await ask('write', 'auth/door/login', {}, { token: undefined, wrapTtl: longest + 1 })
    const again = await ask('write', 'sys/wrapping/rewrap', { token: wrap?.token })

    expect([wrap?.ttl, login.wrap?.ttl, again.wrap?.ttl]).toEqual([longest, longest, longest])
    clock.forward(longest)
    await expect(ask('write', 'sys/wrapping/unwrap', { token: again.wrap?.token })).rejects.toMatchObject(gone)
  })
})
