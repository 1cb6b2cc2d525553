import { describe, expect, it } from 'vitest'
import { furnishedCore, openCore, type House } from '../testing/open-core.js'

const as = (token: string | undefined) => ({ token })
const denied = { status: 403 }

const childOf = async ({ ask }: House, parent: string, wish = {}) =>
  (await ask('write', 'auth/token/create', { policies: ['default'], ...wish }, as(parent))).auth?.client_token ?? ''

/** A parent that may make tokens, its six children, and where the records of all lie. */
async function family(changed = {}) {
  const house = await furnishedCore(changed)
  const before = new Set(await house.storage.list('sys/token/id/'))
  const parent = await house.token(['root'], { ttl: '1h' })
  const children: string[] = []
  const keys: string[] = []
  const fresh = async () => {
    const [key = ''] = (await house.storage.list('sys/token/id/')).filter((one) => !before.has(one))
    before.add(key)
    return key
  }
  const parentKey = await fresh()
  for (let i = 0; i < 6; i++) {
    children.push(await childOf(house, parent))
    keys.push(await fresh())
  }
  const lives = (token: string) => house.ask('read', 'auth/token/lookup-self', {}, as(token)).then(() => true, () => false)
  const figure = async (name: string) => (await house.core.measures()).find((one) => one.name === name)?.value
  return { ...house, parent, parentKey, children, keys, lives, figure, fresh }
}

type Family = Awaited<ReturnType<typeof family>>

/** Changes one bit of a record, as a disk would. Returns what puts it right again. */
async function damage({ storage }: Pick<Family, 'storage'>, key: string) {
  const { value } = (await storage.get(key))!
  const bytes = value.slice()
  bytes[bytes.length - 1]! ^= 1
  await storage.commit([{ put: key, value: bytes }])
  return () => storage.commit([{ put: key, value }])
}

describe('revoking a token', () => {
  it('ends every child but the damaged one, says so, refuses that one meanwhile, and ends it once it can be read', async () => {
    const house = await family({ caretakerMs: 1 })
    const { ask, parent, parentKey, children, keys, lives, storage, figure } = house
    const mend = await damage(house, `sys/token/id/${keys[2]}`)

    await expect(ask('write', 'auth/token/revoke', { token: parent })).rejects.toMatchObject({ status: 500, message: expect.stringContaining('1 records of tokens') })

    expect(await Promise.all([parent, ...children].map(lives))).toEqual([false, false, false, false, false, false, false])
    await expect.poll(() => figure('chatelaine_tokens_stuck')).toBe(1)
    expect(await storage.list('sys/token/id/')).toContain(parentKey)
    await mend()
    expect(await lives(children[2]!)).toBe(false)
    await expect.poll(async () => (await storage.list('sys/token/id/')).filter((key) => [parentKey, ...keys].includes(key))).toEqual([])
    await expect.poll(() => figure('chatelaine_tokens_stuck')).toBe(0)
  })

  it('goes on past a row that cannot be written, and past what is kept for a token', async () => {
    const { ask, parent, children, keys, lives, storage } = await family()
    storage.beforeCommit = (written) => {
      if (written.includes(`sys/token/id/${keys[1]}`)) throw new Error('no')
    }

    await expect(ask('write', 'auth/token/revoke', { token: parent })).rejects.toMatchObject({ status: 500 })

    expect(await Promise.all([parent, ...children].map(lives))).toEqual([false, false, false, false, false, false, false])
    expect((await storage.list('sys/token/id/')).filter((key) => keys.includes(key))).toEqual([keys[1]])
  })

  it('ends the children of a record that is damaged itself', async () => {
    const house = await family()
    const { ask, parent, parentKey, children, keys, lives, storage } = house
    await damage(house, `sys/token/id/${parentKey}`)

    await expect(ask('write', 'auth/token/revoke', { token: parent })).rejects.toMatchObject({ status: 500 })

    expect(await Promise.all(children.map(lives))).toEqual([false, false, false, false, false, false])
    expect((await storage.list('sys/token/id/')).filter((key) => keys.includes(key))).toEqual([])
  })

  it('by prefix, and with the method that let it in, goes on past a damaged record of anybody', async () => {
    const house = await family()
    const { ask, lives, fresh } = house
    const logins: string[] = []
    const loginKeys: string[] = []
    for (let i = 0; i < 5; i++) {
      logins.push((await ask('write', 'auth/door/login', { policies: ['default'], ttl: 600 }, as(undefined))).auth?.client_token ?? '')
      loginKeys.push(await fresh())
    }
    await damage(house, `sys/token/id/${loginKeys.sort()[0]}`)

    await expect(ask('write', 'sys/leases/revoke-prefix/auth/door')).rejects.toMatchObject({ status: 500 })

    expect(await Promise.all(logins.map(lives))).toEqual([false, false, false, false, false])
  })

  it('lists the accessors of the tokens that can be read, and how many cannot', async () => {
    const house = await family()
    const before = ((await house.ask('list', 'auth/token/accessors')).data as { keys: string[] }).keys.length
    await damage(house, `sys/token/id/${house.keys[0]}`)

    const { data, warnings } = await house.ask('list', 'auth/token/accessors')

    expect([(data as { keys: string[] }).keys.length, warnings]).toEqual([before - 1, [expect.stringMatching(/^1 tokens are not listed/)]])
  })
})

describe('a child', () => {
  it('whose row among its siblings was removed dies with its parent, is counted, and is swept away', async () => {
    const { ask, parent, parentKey, children, keys, lives, storage, figure } = await family({ caretakerMs: 1 })
    await storage.commit([{ remove: `sys/token/parent/${parentKey}/${keys[3]}` }])

    await ask('write', 'auth/token/revoke', { token: parent })

    expect(await lives(children[3]!)).toBe(false)
    expect(await figure('chatelaine_tokens_without_parent_total')).toBe(1)
    await expect.poll(async () => (await storage.list('sys/token/id/')).includes(keys[3]!)).toBe(false)
  })

  it('is good only while everybody above it is, also where nobody has swept yet', async () => {
    const house = await openCore()
    const grandparent = await house.token(['root'], { ttl: '1m' })
    const parent = await childOf(house, grandparent, { policies: ['root'], ttl: '1h' })
    const child = await childOf(house, parent, { ttl: '1h' })
    await house.ask('read', 'auth/token/lookup-self', {}, as(child))

    house.clock.forward(61)

    await expect(house.ask('read', 'auth/token/lookup-self', {}, as(child))).rejects.toMatchObject(denied)
    await expect(house.ask('write', 'auth/token/lookup', { token: child })).rejects.toMatchObject(denied)
  })

  it('that was left without a parent on purpose lives on', async () => {
    const { ask, parent, children, lives } = await family()

    await ask('write', 'auth/token/revoke-orphan', { token: parent })

    expect(await Promise.all(children.map(lives))).toEqual([true, true, true, true, true, true])
  })

  it('has a bounded number of generations above it', async () => {
    const house = await openCore()
    let last = await house.token(['root'], { ttl: '1h' })
    let made = 1

    const grow = async () => {
      for (; made < 1000; made++) last = await childOf(house, last, { policies: ['root'], ttl: '1h' })
    }

    await expect(grow()).rejects.toMatchObject({ status: 400, message: expect.stringContaining('at most 128 generations') })
    expect((await house.ask('read', 'auth/token/lookup-self', {}, as(last))).status).toBe(200)
  })
})
