import { Name, path, reply, type Call, type Caller, type Grant, type Reply } from '@chatelaine/sdk'
import { Type as T, type Static } from 'typebox'
import { configOf, type Config } from './config.js'
import { TelegramError } from './errors.js'
import { claim, prune } from './handled.js'
import { refuseVouchers } from './policy-names.js'
import { grantedBy, rolesOf, type Named } from './role-storage.js'

/** How far ahead of ours Telegram's clock may be. */
const futureSeconds = 60

const Vouched = T.Object({
  user_id: T.Integer({ minimum: 1, description: 'The numeric id of the sender.' }),
  chat_id: T.Integer({ description: 'The chat the message came in.' }),
  message_id: T.Integer({ minimum: 1, description: 'The message, which is good for one login.' }),
  sent_at: T.Integer({ minimum: 0, description: 'When Telegram says it was sent, in seconds since 1970.' }),
  role: T.Optional(Name('lower-case', { description: 'One role; left out, all that bind the sender.' })),
})

/**
 * Not a login for the public: the caller is the userbot, with its own token, and vouches for who sent a message. What
 * comes back is the sender's token, with the sender's policies.
 */
export const loginPath = path('login', "A token for the sender of a message, on the userbot's word.").write({
  summary: 'Vouch for the sender of a message.',
  id: 'telegram-login',
  answers: { gives: 'auth' },
  input: Vouched,
  handle: login,
})

async function login({ storage, clock, caller, input }: Call<unknown, Static<typeof Vouched>>): Promise<Reply> {
  const config = await configOf(storage)
  if (!mayVouch(caller, config)) throw TelegramError.denied()
  const now = Math.floor(clock.now().getTime() / 1000)
  checkAge(input.sent_at, now, config)
  // Strangers are turned away before anything is written: anybody can send messages, and must not fill the storage.
  const roles = await rolesOf(storage, input.user_id, input.role)
  if (roles.length === 0) throw TelegramError.denied()
  // Roles of before a policy became a voucher's.
  refuseVouchers(config.voucher_policies, roles.flatMap(([, role]) => role.token_policies))
  await prune(storage, now)
  // From here on a repetition is refused, even if this login should fail later.
  await claim(storage, { chatId: input.chat_id, messageId: input.message_id, sentAt: input.sent_at })
  return reply({ grant: grantOf(input, roles) })
}

const mayVouch = (caller: Caller | undefined, { voucher_policies: needed }: Config) =>
  caller !== undefined && caller.policies.some((policy) => needed.includes(policy))

function checkAge(sentAt: number, now: number, { max_message_age: most }: Config): void {
  if (sentAt > now + futureSeconds) throw TelegramError.fromTheFuture()
  if (sentAt < now - most) throw TelegramError.tooOld()
}

const grantOf = (input: Static<typeof Vouched>, roles: readonly Named[]): Grant => ({
  displayName: `telegram-${input.user_id}`,
  metadata: {
    telegram_user_id: String(input.user_id),
    role: roles.map(([name]) => name).join(','),
    chat_id: String(input.chat_id),
    message_id: String(input.message_id),
  },
  ...grantedBy(roles.map(([, role]) => role)),
})
