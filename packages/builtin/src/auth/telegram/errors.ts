import { defineErrors } from '@chatelaine/sdk'

/** What `auth/telegram` refuses. A sender learns nothing from `denied`: neither who is known here nor why he is not. */
export const TelegramError = defineErrors('telegram', {
  denied: { status: 403, text: () => 'permission denied' },
  tooOld: { status: 400, text: () => 'the message is too old' },
  fromTheFuture: { status: 400, text: () => 'the message is from the future; check the clocks' },
  alreadyHandled: { status: 409, text: () => 'this message was handled already' },
  notAnId: {
    status: 400,
    text: () => 'user_ids must be numeric Telegram user ids: names can change hands. use the number, which stays',
  },
  rootPolicy: { status: 400, text: () => 'a telegram role may not grant the policy root' },
  openVoucher: {
    status: 400,
    text: (d: { policy: string }) => `the policy "${d.policy}" is held too widely to make its holders vouch for others`,
  },
  voucherRole: {
    status: 400,
    text: () =>
      'a telegram role may not grant a voucher policy: whom it is given to could then speak for everybody; take the policy out of the role, or out of voucher_policies',
  },
  ageOutOfRange: { status: 400, text: (d: { most: number }) => `max_message_age must be 1 to ${d.most} seconds` },
  negative: { status: 400, text: (d: { field: string }) => `${d.field} may not be negative` },
  ttlAboveMax: { status: 400, text: () => 'token_ttl should not be greater than token_max_ttl' },
})
