import { decodeRecord, Duration, encodeRecord, Names, path, Strings, untilCommitted, type Storage } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { TelegramError } from './errors.js'
import { policyNames, refuseVouchers } from './policy-names.js'
import { policiesOfRoles } from './role-storage.js'

export interface Config {
  readonly voucher_policies: readonly string[]
  readonly max_message_age: number
}

/**
 * The longest a message may be allowed to be on its way. Records of handled messages are kept for this long whatever is
 * configured, so that raising the age never makes a message young again whose record is gone.
 */
export const longestAge = 3600

const key = 'config'
const initially: Config = { voucher_policies: ['userbot'], max_message_age: 60 }

/** With the guard that holds while it is the same. */
export async function guardedConfig(storage: Storage) {
  const { revision, config } = await stored(storage)
  return { config, guard: { key, revision } }
}

async function stored(storage: Storage) {
  const entry = await storage.get(key)
  return { revision: entry?.revision ?? 0n, config: entry ? decodeRecord<Config>(entry.value) : initially }
}

export const configOf = async (storage: Storage): Promise<Config> => (await stored(storage)).config

const Answer = T.Object({
  voucher_policies: Strings({ description: 'Whoever holds one of these may vouch for senders.' }),
  max_message_age: Duration({ description: 'How old a message may be when its sender is vouched for.' }),
})

export const configPath = path('config', 'Who may vouch for senders, and for how fresh a message.')
  .read({ summary: 'Read the configuration.', output: Answer, handle: ({ storage }) => answer(storage) })
  .write({
    summary: 'Change the fields that are given.',
    input: T.Object({
      voucher_policies: T.Optional(Names('policy-name', { description: 'Whoever holds one of these may vouch. None: nobody may.' })),
      max_message_age: T.Optional(Duration({ description: `At most ${longestAge} seconds.` })),
    }),
    handle: async ({ storage, input }) => {
      const change = checked(input)
      await untilCommitted(async () => {
        const { revision, config } = await stored(storage)
        if (change.voucher_policies) refuseVouchers(change.voucher_policies, await policiesOfRoles(storage))
        return storage.commit([{ put: key, value: encodeRecord({ ...config, ...change }) }], [{ key, revision }])
      })
      return undefined
    },
  })

async function answer(storage: Storage) {
  const { voucher_policies, max_message_age } = await configOf(storage)
  return { voucher_policies: [...voucher_policies], max_message_age }
}

function checked(input: { voucher_policies?: string[]; max_message_age?: number }): Partial<Config> {
  const { voucher_policies: given, max_message_age: age } = input
  if (age !== undefined && (age < 1 || age > longestAge)) throw TelegramError.ageOutOfRange({ most: longestAge })
  const policies = given && policyNames(given)
  // Every token holds `default`, and root is to be held by people who then must not be able to speak for others.
  const open = policies?.find((policy) => policy === 'default' || policy === 'root')
  if (open !== undefined) throw TelegramError.openVoucher({ policy: open })
  return { ...(policies && { voucher_policies: policies }), ...(age !== undefined && { max_message_age: age }) }
}
