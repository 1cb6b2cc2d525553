import { encodeRecord, memoryStorage, RequestError, type Storage } from '@chatelaine/sdk'
import { mounted, somebody } from '@chatelaine/sdk/testing'
import { describe, expect, it } from 'vitest'
import { telegramAuth, TelegramError } from './index.js'

const userbot = { ...somebody, policies: ['default', 'userbot'] }
const start = new Date('2030-01-01T00:00:00Z').getTime() / 1000

interface Setting {
  readonly storage?: Storage
  readonly policies?: readonly string[]
  readonly now?: () => number
}

const open = ({ storage = memoryStorage(), policies = userbot.policies, now = () => start }: Setting = {}) =>
  mounted(telegramAuth, { storage, caller: { ...userbot, policies }, now: () => new Date(now() * 1000) })

type Telegram = ReturnType<typeof open>

const message = { user_id: 7, chat_id: -100, message_id: 1, sent_at: start }
const addRole = (telegram: Telegram, name: string, fields: Record<string, unknown>) => telegram.ask('write',
  `role/${name}`, fields)
const login = async (telegram: Telegram, fields: Record<string, unknown> = {}) =>
  (await telegram.ask('write', 'login', { ...message, ...fields }))?.fields.grant

async function withFriends(setting: Setting = {}) {
  const telegram = open(setting)
  await addRole(telegram, 'friends', { user_ids: [7, 8], token_policies: ['Reader'] })
  return telegram
}

describe('auth/telegram config', () => {
  it('lets holders of the policy userbot vouch for messages of a minute, unless told otherwise', async () => {
    expect(await open().read('config', {})).toEqual({ voucher_policies: ['userbot'], max_message_age: 60 })
  })

  it('changes only what is given', async () => {
    const telegram = open()

    await telegram.ask('write', 'config', { max_message_age: '5m' })

    expect(await telegram.read('config', {})).toEqual({ voucher_policies: ['userbot'], max_message_age: 300 })
  })

  it.each(['default', 'root', 'Root'])('refuses to let every holder of "%s" vouch', async (policy) => {
    const change = open().ask('write', 'config', { voucher_policies: [policy] })
    await expect(change).rejects.toSatisfy(TelegramError.openVoucher.is)
  })

  it.each([0, -1, 3601])('refuses an age of %i seconds', async (age) => {
    const change = open().ask('write', 'config', { max_message_age: age })
    await expect(change).rejects.toSatisfy(TelegramError.ageOutOfRange.is)
  })
})

describe('auth/telegram roles', () => {
  it('fills in what was left out and keeps what is not given again', async () => {
    const telegram = open()

    await addRole(telegram, 'Friends', { user_ids: '7, 8', token_policies: ['Reader', 'reader'] })
    await addRole(telegram, 'friends', { token_num_uses: 3 })

    expect(await telegram.read('role/{name}', { name: 'friends' })).toEqual({
      user_ids: [7, 8], token_policies: ['reader'], token_ttl: 300, token_max_ttl: 0, token_num_uses: 3,
        token_no_default_policy: false,
    })
    expect(await telegram.list('role', {})).toEqual({ keys: ['friends'] })
  })

  it('is gone once deleted', async () => {
    const telegram = await withFriends()

    await telegram.delete('role/{name}', { name: 'friends' })

    expect(await telegram.read('role/{name}', { name: 'friends' })).toBeUndefined()
    expect(await telegram.list('role', {})).toBeUndefined()
    await expect(login(telegram)).rejects.toSatisfy(TelegramError.denied.is)
  })

  it.each(['@durov', 'durov', '-100123', '0', '1.5',
    '99999999999999999'])('refuses "%s" as a person, and says to use the number', async (id) => {
    const adding = addRole(open(), 'friends', { user_ids: [id] })
    await expect(adding).rejects.toSatisfy(TelegramError.notAnId.is)
    await expect(adding).rejects.toThrow(/numeric/)
  })

  it.each(['root', 'ROOT'])('never grants "%s"', async (policy) => {
    const adding = addRole(open(), 'friends', { token_policies: [policy] })
    await expect(adding).rejects.toSatisfy(TelegramError.rootPolicy.is)
  })

  it.each([' root ', 'root\u200b', '\troot'])('refuses the policy name %j, which would have to be mended to be one', async (policy) => {
    const adding = addRole(open(), 'friends', { token_policies: [policy] })
    await expect(adding).rejects.toSatisfy(RequestError.badName.is)
  })

  it('refuses limits that make no sense, also against what is stored', async () => {
    const telegram = open()

    await expect(addRole(telegram, 'friends', { token_ttl: -1 })).rejects.toSatisfy(TelegramError.negative.is)
    await addRole(telegram, 'friends', { token_ttl: '1h' })
    await expect(addRole(telegram, 'friends', { token_max_ttl: '30m' })).rejects.toSatisfy(TelegramError.ttlAboveMax.is)
  })
})

describe('auth/telegram login', () => {
  it('grants the policies of the role that binds the sender, and says who and which message it was', async () => {
    const telegram = await withFriends()

    expect(await login(telegram)).toEqual({
      displayName: 'telegram-7',
      policies: ['reader'],
      metadata: { telegram_user_id: '7', role: 'friends', chat_id: '-100', message_id: '1' },
      ttl: 300, maxTtl: 0, numUses: 0, noDefaultPolicy: false,
    })
  })

  it('unites the policies of all roles of the sender and takes the strictest of their limits', async () => {
    const telegram = await withFriends()
    await addRole(telegram, 'admins', { user_ids: [7], token_policies: ['writer'], token_ttl: 60, token_num_uses: 5,
      token_no_default_policy: true })
    await addRole(telegram, 'strangers', { user_ids: [9], token_policies: ['other'] })

    expect(await login(telegram)).toMatchObject({
      policies: ['reader', 'writer'], metadata: { role: 'admins,friends' }, ttl: 60, numUses: 5, noDefaultPolicy: true,
    })
  })

  it('grants one role alone where it is asked for', async () => {
    const telegram = await withFriends()
    await addRole(telegram, 'admins', { user_ids: [7], token_policies: ['writer'] })

    expect(await login(telegram, { role: 'Friends' })).toMatchObject({ policies: ['reader'] })
  })

  it.each([[['root']], [['default']], [[]]])('does not take the word of a caller with %j', async (policies) => {
    const storage = memoryStorage()
    await withFriends({ storage })

    await expect(login(open({ storage, policies }))).rejects.toSatisfy(TelegramError.denied.is)
  })

  it('does not take anybody\'s word when no policy is configured', async () => {
    const telegram = await withFriends()
    await telegram.ask('write', 'config', { voucher_policies: [] })

    await expect(login(telegram)).rejects.toSatisfy(TelegramError.denied.is)
  })

  it('tells a stranger, a wrong role and a missing role the same, and writes nothing for them', async () => {
    const storage = memoryStorage()
    const telegram = await withFriends({ storage })
    await addRole(telegram, 'others', { user_ids: [9] })

    for (const fields of [{ user_id: 70 }, { role: 'others' }, { role: 'nobody' }]) {
      const refused = login(telegram, fields)
      await expect(refused).rejects.toSatisfy(TelegramError.denied.is)
      await expect(refused).rejects.toThrow(/^permission denied$/)
    }
    expect(await storage.list('')).toEqual(['role/'])
  })

  it('accepts a message to the last second of its age, and from a clock a minute ahead', async () => {
    const telegram = await withFriends()

    await expect(login(telegram, { message_id: 1, sent_at: start - 60 })).resolves.toBeDefined()
    await expect(login(telegram, { message_id: 2, sent_at: start + 60 })).resolves.toBeDefined()
    await expect(login(telegram, { message_id: 3, sent_at: start - 61 })).rejects.toSatisfy(TelegramError.tooOld.is)
    const early = login(telegram, { message_id: 4, sent_at: start + 61 })
    await expect(early).rejects.toSatisfy(TelegramError.fromTheFuture.is)
  })

  it('refuses ids that are not whole numbers', async () => {
    const telegram = await withFriends()
    await expect(login(telegram, { user_id: '@durov' })).rejects.toSatisfy(RequestError.invalidField.is)
    await expect(login(telegram, { user_id: 2 ** 53 })).rejects.toSatisfy(RequestError.invalidField.is)
  })

  it('lets exactly one of many racing logins of one message through', async () => {
    const telegram = await withFriends()

    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => login(telegram)))

    const refused = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason as unknown] : []))
    expect(refused).toHaveLength(19)
    expect(refused.every(TelegramError.alreadyHandled.is)).toBe(true)
  })

  it('remembers a handled message over a restart, whatever time, sender or role it is said to have', async () => {
    const storage = memoryStorage()
    await login(await withFriends({ storage }))

    const restarted = open({ storage })
    for (const again of [{}, { sent_at: start + 30 }, { user_id: 8 }, { role: 'friends' }]) {
      await expect(login(restarted, again)).rejects.toSatisfy(TelegramError.alreadyHandled.is)
    }
    await expect(login(restarted, { chat_id: -101 })).resolves.toBeDefined()
  })

  it('does not forget a handled message when the allowed age is raised to the utmost', async () => {
    let now = start
    const telegram = await withFriends({ now: () => now })
    await login(telegram)
    now += 3600

    await login(telegram, { message_id: 2, sent_at: now })
    await telegram.ask('write', 'config', { max_message_age: 3600 })

    await expect(login(telegram)).rejects.toSatisfy(TelegramError.alreadyHandled.is)
  })

  it('forgets stale messages as new ones come, a bounded number at a time', async () => {
    let now = start
    const storage = memoryStorage()
    const telegram = await withFriends({ storage, now: () => now })
    for (let id = 1; id <= 100; id++) await login(telegram, { message_id: id, chat_id: id % 3 })
    now += 2 * 3600

    const kept: number[] = []
    for (let id = 1; id <= 6; id++) {
      await login(telegram, { message_id: id, chat_id: 5, sent_at: now })
      const perChat = await Promise.all([0, 1, 2].map((chat) => storage.list(`seen/${chat}/`)))
      kept.push(perChat.flat().length)
    }

    expect(kept.every((count, i) => (kept[i - 1] ?? 100) - count <= 24)).toBe(true)
    expect(kept.at(-1)).toBe(0)
    expect(await storage.list('seen/5/')).toHaveLength(6)
  })

  it('is not open without a token', () => {
    expect(telegramAuth.paths.every(({ options }) => !options.unauthenticated)).toBe(true)
  })
})

describe('auth/telegram and the policy of those who vouch', () => {
  it('refuses a role that grants it, under any spelling', async () => {
    const telegram = open()
    await telegram.ask('write', 'config', { voucher_policies: ['userbot', 'helper'] })

    for (const policy of ['userbot', 'UserBot', 'helper']) {
      await expect(addRole(telegram, 'friends', { user_ids: [7], token_policies: ['reader', policy] })).rejects.toSatisfy(TelegramError.voucherRole.is)
    }

    expect(await telegram.list('role', {})).toBeUndefined()
  })

  it('refuses to become one that a role grants', async () => {
    const telegram = await withFriends()

    await expect(telegram.ask('write', 'config', { voucher_policies: ['userbot', 'reader'] })).rejects.toSatisfy(TelegramError.voucherRole.is)

    expect(await telegram.read('config', {})).toMatchObject({ voucher_policies: ['userbot'] })
  })

  it('lets nobody in by a role of before it was one', async () => {
    const storage = memoryStorage()
    await withFriends({ storage })
    await storage.commit([{ put: 'config', value: encodeRecord({ voucher_policies: ['userbot', 'reader'], max_message_age: 60 }) }])

    await expect(login(open({ storage }))).rejects.toSatisfy(TelegramError.voucherRole.is)
  })
})

describe('auth/telegram at a renewal', () => {
  const renewed = (storage: Storage, metadata: Record<string, string>) =>
    telegramAuth.renew!({ storage, clock: { now: () => new Date(start * 1000) } }, { metadata })

  it('goes by the roles as they are now, and by none once one of them is gone or binds the sender no more', async () => {
    const storage = memoryStorage()
    const telegram = await withFriends({ storage })
    await addRole(telegram, 'family', { user_ids: [7], token_policies: ['writer'], token_ttl: 60 })
    const metadata = (await login(telegram))!.metadata!

    expect(await renewed(storage, metadata)).toMatchObject({ policies: ['reader', 'writer'], ttl: 60 })
    await addRole(telegram, 'family', { token_ttl: 30, token_max_ttl: 90 })
    expect(await renewed(storage, metadata)).toMatchObject({ ttl: 30, maxTtl: 90 })
    await addRole(telegram, 'family', { user_ids: [8] })
    expect(await renewed(storage, metadata)).toBeUndefined()
    await addRole(telegram, 'family', { user_ids: [7, 8] })
    expect(await renewed(storage, metadata)).toBeDefined()
    await telegram.delete('role/{name}', { name: 'friends' })
    expect(await renewed(storage, metadata)).toBeUndefined()
  })
})
