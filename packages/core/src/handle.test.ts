import { describe, expect, it } from 'vitest'
import { allow, furnishedCore, openCore } from './testing/open-core.js'

const as = (token: string | undefined) => ({ token })

async function withReader() {
  const house = await furnishedCore()
  await allow(house.ask, 'reader', { 'notes/shared/*': ['read', 'list'], 'notes/mine/*': ['create', 'read'], 'notes/theirs/*': ['update'] })
  return { ...house, reader: await house.token(['reader']) }
}

describe('who asks', () => {
  it('needs a token that lives', async () => {
    const { ask } = await furnishedCore()

    for (const token of [undefined, '', 'hvs.unknown', 'root']) {
      await expect(ask('read', 'notes/a', {}, as(token))).rejects.toMatchObject({ status: 403, message: 'permission denied' })
    }
  })

  it('learns only that, whether the path exists or not, unless it may know', async () => {
    const { ask, reader } = await withReader()

    for (const [verb, path] of [['read', 'nowhere/a'], ['read', 'notes/a'], ['read', 'sys/nothing'], ['write', 'sys/mounts'], ['patch', 'notes/a'], ['read', 'auth/none/x']] as const) {
      await expect(ask(verb, path, {}, as(reader)), path).rejects.toMatchObject({ status: 403, message: '1 error occurred:\n\t* permission denied\n\n' })
      await expect(ask(verb, path, {}, as(undefined)), path).rejects.toMatchObject({ status: 403 })
    }
  })

  it('as root is told what is wrong with the path', async () => {
    const { ask } = await withReader()

    await expect(ask('read', 'nowhere/a')).rejects.toMatchObject({ status: 404, message: 'no handler for route "nowhere/a". route entry not found.' })
    await expect(ask('read', 'sys/nothing')).rejects.toMatchObject({ status: 404, message: expect.stringMatching(/unsupported path/) })
    await expect(ask('patch', 'notes/a')).rejects.toMatchObject({ status: 405, message: expect.stringMatching(/unsupported operation/) })
    await expect(ask('write', 'notes/folder/', { a: 1 })).rejects.toMatchObject({ status: 400, message: "cannot write to a path ending in '/'" })
  })

  it('in another namespace is refused, for there is one', async () => {
    const { ask } = await furnishedCore()

    for (const namespace of ['team/', 'root/team', 'ROOT', 'roo/t', 'root/root']) {
      await expect(ask('read', 'notes/a', {}, { namespace })).rejects.toMatchObject({ status: 403, message: 'namespaces feature not enabled' })
    }
    for (const namespace of ['', '/', 'root', 'root/', '/root', '/root/', '//']) expect((await ask('read', 'notes/a', {}, { namespace })).status).toBe(404)
  })
})

describe('what may be done', () => {
  it('is create for what is not there, and update for what is', async () => {
    const { ask, reader } = await withReader()
    await ask('write', 'notes/theirs/old', { a: 1 })

    await ask('write', 'notes/mine/new', { a: 1 }, as(reader))
    await expect(ask('write', 'notes/mine/new', { a: 2 }, as(reader))).rejects.toMatchObject({ status: 403 })
    await expect(ask('write', 'notes/theirs/new', { a: 1 }, as(reader))).rejects.toMatchObject({ status: 403 })
    await ask('write', 'notes/theirs/old', { a: 2 }, as(reader))

    expect((await ask('read', 'notes/mine/new', {}, as(reader))).data).toMatchObject({ a: 1 })
  })

  it('is not told by an error of looking whether something is there', async () => {
    const { ask, reader, token } = await withReader()
    await allow(ask, 'odd', { 'notes/odd': ['update'] })

    await expect(ask('write', 'notes/odd', {}, as(reader))).rejects.toMatchObject({ status: 403 })
    await expect(ask('write', 'notes/odd', {}, as(await token(['odd'])))).rejects.toMatchObject({ status: 400, message: 'that is no note' })
  })

  it('on some paths takes sudo as well', async () => {
    const { ask, token } = await openCore()
    await allow(ask, 'plain', { 'sys/*': ['create', 'read', 'update', 'delete', 'list'] })
    await allow(ask, 'mighty', { 'sys/*': ['create', 'read', 'update', 'delete', 'list', 'sudo'] })
    const [plain, mighty] = [await token(['plain']), await token(['mighty'])]

    for (const path of ['sys/audit', 'sys/auth/token/tune']) {
      await expect(ask('read', path, {}, as(plain)), path).rejects.toMatchObject({ status: 403 })
      expect((await ask('read', path, {}, as(mighty))).status, path).toBe(200)
    }
    await expect(ask('write', 'sys/rotate', {}, as(plain))).rejects.toMatchObject({ status: 403 })
    expect((await ask('write', 'sys/rotate', {}, as(mighty))).status).toBe(204)
  })

  it('changes with the policy, for tokens that are already out', async () => {
    const { ask, reader } = await withReader()
    await ask('write', 'notes/shared/a', { a: 1 })
    expect((await ask('read', 'notes/shared/a', {}, as(reader))).status).toBe(200)

    await allow(ask, 'reader', { 'notes/other': ['read'] })
    await expect(ask('read', 'notes/shared/a', {}, as(reader))).rejects.toMatchObject({ status: 403 })

    await ask('delete', 'sys/policies/acl/reader')
    await expect(ask('read', 'notes/other', {}, as(reader))).rejects.toMatchObject({ status: 403 })
  })

  it('is told by capabilities, of oneself, of a token, of an accessor', async () => {
    const { ask, reader } = await withReader()
    const paths = ['notes/shared/a', 'notes/mine/a', 'notes/else']
    const expected = { 'notes/shared/a': ['read', 'list'], 'notes/mine/a': ['read', 'create'], 'notes/else': ['deny'] }
    const accessor = (await ask('write', 'auth/token/lookup', { token: reader })).data?.['accessor']

    expect((await ask('write', 'sys/capabilities-self', { paths }, as(reader))).data).toEqual(expected)
    expect((await ask('write', 'sys/capabilities', { paths, token: reader })).data).toEqual(expected)
    expect((await ask('write', 'sys/capabilities-accessor', { paths, accessor })).data).toEqual(expected)
    expect((await ask('write', 'sys/capabilities-self', { path: 'x' })).data).toEqual({ x: ['root'], capabilities: ['root'] })
  })
})

describe('an answer', () => {
  it('of nothing is 404 to who asked and 204 to who told', async () => {
    const { ask } = await furnishedCore()

    expect(await ask('read', 'notes/none')).toMatchObject({ status: 404 })
    expect(await ask('list', 'notes/none/')).toMatchObject({ status: 404 })
    expect(await ask('delete', 'notes/none')).toMatchObject({ status: 204 })
    expect(await ask('write', 'notes/a', { a: 1 })).toMatchObject({ status: 204 })
  })

  it('has an id of its own', async () => {
    const { ask } = await furnishedCore()

    const [one, two] = [await ask('read', 'sys/mounts'), await ask('read', 'sys/mounts')]

    expect(one.requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(one.requestId).not.toBe(two.requestId)
  })

  it('costs six looks at storage: mounts, token, two policies, audit devices, and the note; and one more for each generation above the token', async () => {
    const { ask, storage, reader, token } = await withReader()
    await ask('write', 'notes/shared/a', { a: 1 })
    const looks = async (id: string) => {
      await ask('read', 'notes/shared/a', {}, as(id))
      storage.asked.length = 0
      await ask('read', 'notes/shared/a', {}, as(id))
      return storage.asked.map((one) => one.replace(/[0-9a-f-]{36,}/, '…')).sort()
    }
    const six = [
      'get core/audit', 'get core/mounts', 'get logical/…/shared/a', 'get sys/policy/default', 'get sys/policy/reader', 'get sys/token/id/…',
    ]

    expect(await looks(await token(['reader'], { no_parent: true }))).toEqual(six)
    expect(await looks(reader)).toEqual([...six, 'get sys/token/id/…'])
  })
})

describe('the audit log', () => {
  const audited = async () => {
    const house = await furnishedCore()
    await house.ask('write', 'sys/audit/tape', { type: 'tape' })
    const records = () => house.tape.lines.map((line) => JSON.parse(line) as Record<string, any>)
    return { ...house, records }
  }

  it('has each request before it is done and each answer before it leaves, refusals included', async () => {
    const { ask, token, records, tape } = await audited()
    const id = await token(['default'])
    tape.lines.length = 0

    await ask('write', 'notes/a', { text: 'plain words' })
    await ask('read', 'notes/a', {}, as(id)).catch(() => undefined)
    await ask('read', 'notes/a', {}, as('hvs.guess')).catch(() => undefined)

    expect(records().map(({ type, request, error }) => [type, request.operation, error !== undefined])).toEqual([
      ['request', 'create', false], ['response', 'create', false], ['request', 'read', true], ['response', 'read', true], ['request', 'read', true], ['response', 'read', true],
    ])
    expect(tape.lines.join('')).not.toMatch(/plain words|hvs\./)
  })

  it('that cannot be written stops a request before it does anything', async () => {
    const { ask, tape } = await audited()
    tape.accepts = () => false
    await expect(ask('write', 'notes/a', { a: 1 })).rejects.toMatchObject({ status: 500 })

    tape.accepts = () => true
    expect(await ask('read', 'notes/a')).toMatchObject({ status: 404 })
  })

  it('that cannot take the answer keeps it back', async () => {
    const { ask, tape } = await audited()
    await ask('write', 'notes/a', { a: 1 })
    tape.accepts = (line) => !line.includes('"type":"response"')

    await expect(ask('read', 'notes/a')).rejects.toMatchObject({ status: 500 })
  })

  it.each([
    ['a login', 'auth/door/login', {}, undefined],
    ['a wrapped login', 'auth/door/login', {}, 60],
    ['a new token', 'auth/token/create', { policies: ['default'] }, undefined],
    ['a wrapped answer', 'sys/wrapping/wrap', { a: 1 }, 60],
  ])('that cannot take the answer leaves no token of %s alive', async (_, path, input, wrapTtl) => {
    const { ask, storage, tape } = await audited()
    const before = await storage.list('sys/token/id/')
    tape.accepts = (line) => !line.includes('"type":"response"')

    await expect(ask('write', path, input, { wrapTtl })).rejects.toMatchObject({ status: 500 })

    expect(await storage.list('sys/token/id/')).toEqual(before)
  })

  it('that cannot take the answer to a renewal does not end the token', async () => {
    const { ask, token, tape } = await audited()
    const id = await token(['default'])
    tape.accepts = (line) => !line.includes('"type":"response"')
    await expect(ask('write', 'auth/token/renew-self', {}, as(id))).rejects.toMatchObject({ status: 500 })
    tape.accepts = () => true

    expect((await ask('read', 'auth/token/lookup-self', {}, as(id))).status).toBe(200)
  })
})

describe('a login', () => {
  it('gives a token with default and what the method grants, and no parent', async () => {
    const { ask } = await furnishedCore()

    const { auth, data } = await ask('write', 'auth/door/login', { policies: ['Reader'], metadata: { who: 'ann' }, ttl: 60 }, as(undefined))

    expect(data).toBeUndefined()
    expect(auth).toMatchObject({ policies: ['default', 'reader'], metadata: { who: 'ann' }, lease_duration: 60, orphan: true, token_type: 'service' })
    expect((await ask('read', 'auth/token/lookup-self', {}, as(auth?.client_token))).data).toMatchObject({ path: 'auth/door/login', display_name: 'somebody' })
  })

  it('needs no token but the verb and the path of a login', async () => {
    const { ask } = await furnishedCore()

    await expect(ask('read', 'auth/door/login', {}, as(undefined))).rejects.toMatchObject({ status: 403 })
    await expect(ask('write', 'auth/door/login/', {}, as(undefined))).rejects.toMatchObject({ status: 403 })
    await expect(ask('write', 'auth/door/logout', {}, as(undefined))).rejects.toMatchObject({ status: 403 })
  })
})

describe('help', () => {
  it('is given for a path whatever its verbs, to who has any token', async () => {
    const { ask } = await furnishedCore()

    const { data } = await ask('read', 'auth/token/create', {}, { help: true })

    expect(data?.['help']).toMatch(/Make a token\./)
    await expect(ask('read', 'auth/token/create', {}, { help: true, token: undefined })).rejects.toMatchObject({ status: 403 })
    await expect(ask('read', 'sys/nothing', {}, { help: true })).rejects.toMatchObject({ status: 404 })
  })
})

describe('fields that nobody declared', () => {
  it('are named in a warning, which goes with an answer that says something and changes no other', async () => {
    const { ask } = await furnishedCore()
    const ignored = (names: string) => `Endpoint ignored these unrecognized parameters: [${names}]`

    expect((await ask('write', 'auth/token/create', { ttl: '1h', unheard_of: 1, also: 2 })).warnings).toEqual([ignored('also unheard_of')])
    expect((await ask('read', 'sys/mounts/notes', { x: '1' })).warnings).toEqual([ignored('x')])
    expect(await ask('write', 'sys/mounts/notes/tune', { unheard_of: 1 })).toMatchObject({ status: 204 })
    expect((await ask('list', 'notes', { limit: '2' })).status).toBe(404)
    expect((await ask('read', 'sys/health', { x: '1' })).warnings).toBeUndefined()
    const { warnings } = await ask('read', 'sys/internal/ui/mounts/notes', { path: 'sys' })
    expect(warnings).toEqual([expect.stringContaining('replaced the value of these parameters')])
  })

  it('are named inside of an answer that is wrapped', async () => {
    const { ask } = await openCore()

    const { wrap, warnings } = await ask('write', 'auth/token/create', { unheard_of: 1 }, { wrapTtl: 60 })

    expect(warnings).toBeUndefined()
    const { verbatim = '' } = await ask('write', 'sys/wrapping/unwrap', { token: wrap?.token })
    expect(JSON.parse(verbatim)).toMatchObject({ warnings: [expect.stringContaining('[unheard_of]')] })
  })
})

describe('the OpenAPI document', () => {
  const pathsOf = async (token?: string, house = openCore()) => {
    const { ask } = await house
    const { data, form } = await ask('read', 'sys/internal/specs/openapi', {}, token === undefined ? {} : { token })
    expect(form).toBe('bare')
    return Object.keys((data as { paths: object }).paths).sort()
  }

  it('names every path of the house', async () => {
    expect(await pathsOf()).toMatchSnapshot()
  })

  it('shows nothing to who has no token', async () => {
    expect(await pathsOf('')).toEqual([])
  })
})
