import { engine, memoryStorage, path, reply, type Request, VaultError } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { describe, expect, it } from 'vitest'
import { notes } from './testing/engines.js'
import { allow, furnishedCore, openCore, type House } from './testing/open-core.js'

const as = (token: string | undefined) => ({ token })
const refused = (asked: Promise<unknown>) => asked.then(() => undefined, (error: { status: number }) => error.status)

// One test for each class of published advisory that the core could repeat; the numbers are those of our list.
describe('advisory class', () => {
  it('1: no spelling of a policy name becomes root, or another policy than was judged', async () => {
    const { ask, token } = await furnishedCore()
    await allow(ask, 'maker', { 'auth/token/create*': ['update', 'sudo'], 'sys/policies/*': ['create', 'update'] })
    const maker = await token(['maker'])
    const spellings = ['root', 'Root', 'ROOT', ' root', 'root ', '\troot', 'root\n', 'ro\u200bot', 'root\u00a0', 'root\u0000']

    for (const name of spellings) {
      expect(await refused(ask('write', 'auth/token/create', { policies: [name] }, as(maker))), JSON.stringify(name)).toBe(400)
      expect(await refused(ask('write', 'auth/door/login', { policies: [name] }, as(undefined))), JSON.stringify(name)).toBe(400)
      expect(await refused(ask('write', `sys/policies/acl/${name}`, { policy: 'path "*" { capabilities = ["sudo"] }' }, as(maker))), JSON.stringify(name)).toBe(400)
    }
  })

  it('2: a path with dots reaches nothing but what stands under its own mount', async () => {
    const { ask, storage } = await furnishedCore()
    await ask('write', 'sys/mounts/other', { type: 'notes' })
    await ask('write', 'other/a', { x: 'other' })

    for (const at of ['notes/../other/a', 'notes/./a', 'notes/../../sys/policy/default', 'notes/..']) {
      await ask('write', at, { x: 'mine' }).catch(() => undefined)
      expect((await ask('read', 'other/a')).data).toMatchObject({ x: 'other' })
    }
    await expect(ask('write', 'sys/mounts/a/../../b', { type: 'notes' })).rejects.toMatchObject({ status: 400 })
    expect([...storage.written].filter((key) => /^(sys|core)\/.*\.\./.test(key))).toEqual([])
  })

  it('3: a list does not get past a deny, with the slash or without it', async () => {
    const { ask, token } = await furnishedCore()
    await ask('write', 'notes/private/a', { x: 1 })
    await allow(ask, 'most', { 'notes/*': ['read', 'list'], 'notes/private/*': ['deny'] })
    const id = await token(['most'])

    expect((await ask('list', 'notes/', {}, as(id))).status).toBe(200)
    for (const at of ['notes/private/', 'notes/private', 'notes/private/a']) {
      expect(await refused(ask('list', at, {}, as(id))), at).toBe(403)
    }
  })

  it('8: finding a token does the same work however much of it was guessed', async () => {
    const { ask, storage, token } = await openCore()
    const id = await token(['default'])
    const work = async (guess: string) => {
      storage.asked.length = 0
      await ask('read', 'auth/token/lookup-self', {}, as(guess)).catch(() => undefined)
      return storage.asked.map((one) => one.replace(/[0-9a-f]{64}/, '…'))
    }

    const near = await work(`${id.slice(0, -1)}_`)
    const far = await work(`_${id.slice(1)}`)

    expect(near).toEqual(far)
    expect(near).toContain('get sys/token/id/…')
    // What is compared is a keyed hash: of two guesses with one letter between them the names share nothing.
    expect(new Set(storage.asked.filter((one) => one.includes(id.slice(0, 8))))).toEqual(new Set())
  })

  it('12: no refusal repeats a secret that was sent', async () => {
    const house = await furnishedCore()
    const secret = 'hunter2hunter2hunter2hunter2'
    const { wrap } = await house.ask('write', 'sys/wrapping/wrap', { a: 1 }, { wrapTtl: 60 })
    const asked: [Request['verb'], string, Record<string, unknown>, Partial<Request>?][] = [
      ['write', 'auth/token/lookup', { token: secret }], ['write', 'auth/token/lookup-accessor', { accessor: secret }],
      ['write', 'auth/token/renew', { token: secret }], ['write', 'auth/token/create', { id: `hvs.${secret}` }],
      ['write', 'auth/token/create', { id: wrap?.token }], ['write', 'auth/token/create', { ttl: secret }],
      ['write', 'auth/token/create', { meta: secret }], ['write', 'auth/token/create', { num_uses: secret }],
      ['write', 'sys/wrapping/unwrap', { token: secret }], ['write', 'sys/wrapping/lookup', { token: secret }],
      ['write', 'sys/capabilities', { token: secret, path: 'x' }], ['write', 'sys/unseal', { key: secret }],
      ['write', 'sys/mounts/notes/tune', { max_lease_ttl: secret }], ['write', 'sys/policies/acl/a', { policy: `path "x" { capabilities = ["${secret}` }],
      ['read', 'sys/mounts', {}, as(secret)], ['write', 'sys/wrapping/unwrap', {}, as(secret)], ['write', 'notes/odd', { password: secret }],
    ]
    for (const [verb, at, input, extra] of asked) {
      const error = await house.ask(verb, at, input, extra).then(() => undefined, (reason: unknown) => reason)
      if (error === undefined) continue
      expect(error, at).toBeInstanceOf(VaultError)
      expect(JSON.stringify([(error as VaultError).message, (error as VaultError).details]), at).not.toMatch(/hunter2|hvs\.[A-Za-z0-9]/)
    }
  })

  it('15: nothing but the five verbs is done, and nothing of the house is mounted twice or reached around its door', async () => {
    const { ask } = await furnishedCore()

    for (const verb of ['rollback', 'renew', 'revoke', 'help', 'alias-lookahead', 'constructor', '__proto__', 'hasOwnProperty', '']) {
      for (const at of ['notes/a', 'auth/token/lookup-self', 'sys/seal', 'sys/health']) {
        expect(await refused(ask(verb as Request['verb'], at)), `${verb} ${at}`).toBe(405)
      }
    }
    for (const at of ['core/keyring', 'logical/x', 'sys/token/id/x', 'sys/policy/../token/salt', 'core/mounts']) {
      expect(await ask('read', at).then(({ status }) => status, (error: { status: number }) => error.status), at).toBe(404)
    }
  })

  it('16: an answer that says no carries no token, and no engine but the token store hands one out', async () => {
    const token = { client_token: 'x', accessor: 'y' } as never
    const liar = engine({
      type: 'liar', help: 'Hands out what is not its to give.',
      paths: [
        path('auth', 'A token.').read({ summary: 'Take it.', handle: async () => reply({ auth: token }) }),
        path('wrap', 'A wrapping.').read({ summary: 'Take it.', handle: async () => reply({ wrap: token }) }),
        path('grant', 'A login.').write({ summary: 'Come in.', input: T.Object({}), handle: async () => reply({ grant: { displayName: '', policies: ['root'] } }) }),
      ],
    })
    const house: House = await furnishedCore({ storage: memoryStorage(), engines: [notes, liar], judge: undefined })
    await house.ask('write', 'sys/mounts/liar', { type: 'liar' })
    const before = await house.storage.list('sys/token/id/')

    await expect(house.ask('read', 'liar/auth')).rejects.toThrow('made a token of its own')
    await expect(house.ask('read', 'liar/wrap')).rejects.toThrow('wrapped an answer of its own')
    await expect(house.ask('write', 'liar/grant')).rejects.toThrow('let somebody in that it may not')
    for (const status of [400, 403, 404, 500]) {
      await expect(house.ask('write', 'auth/door/login', { status }, as(undefined))).rejects.toThrow('let somebody in that it may not')
    }

    expect(await house.storage.list('sys/token/id/')).toEqual(before)
  })
})
