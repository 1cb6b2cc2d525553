import { command, type Run } from '../../command.js'
import { duration, many, pairs, text, whole, yes, type Duration } from '../../flags.js'

const flags = {
  policy: many('A policy of the new token; several times for more.'),
  ttl: duration('How long it lives unless renewed.'),
  'explicit-max-ttl': duration('How long it lives at the very most.'),
  period: duration('Lives for ever, if renewed at least this often.'),
  renewable: yes('Whether it may be renewed. True if left out.'),
  orphan: yes('It does not end with the token that made it.'),
  'no-default-policy': yes('Without the policy "default".'),
  'use-limit': whole('How many requests it is good for. 0 is no limit.'),
  'display-name': text('A name for the audit log.'),
  metadata: pairs('Kept with the token and written to the audit log.'),
  type: text('service or batch.'),
  role: text('The token role that decides the rest.'),
  'entity-alias': text('The entity alias it belongs to; needs a role that allows it.'),
  id: text('The token itself. It would be in the shell history: leave it out.'),
} as const

export const create = command({
  name: 'token create',
  summary: 'Make a token: a child of the one in use, with no more power than that.',
  flags,
  examples: [
    ['For a program that renews it every day at least:', 'token create -policy=bot -period=24h'],
    ['Handed over wrapped, to be opened once:', 'token create -policy=bot -wrap-ttl=5m'],
  ],
  doing: 'creating token',
  async run({ flags: given, vault, print }) {
    const path = given.role ? `auth/token/create/${given.role}` : 'auth/token/create'
    print.secret(await vault.request({ verb: 'write', path, input: inputOf(given) }))
  },
})

const inputOf = (given: Run<typeof flags>['flags']) => ({
  ...(given.policy.length && { policies: given.policy }),
  ...lasting('ttl', given.ttl),
  ...lasting('explicit_max_ttl', given['explicit-max-ttl']),
  ...lasting('period', given.period),
  renewable: given.renewable ?? given.type !== 'batch',
  ...(given.orphan && { no_parent: true }),
  ...(given['no-default-policy'] && { no_default_policy: true }),
  ...(given['use-limit'] && { num_uses: given['use-limit'] }),
  ...(given['display-name'] && { display_name: given['display-name'] }),
  ...(Object.keys(given.metadata).length && { meta: given.metadata }),
  ...(given.type && { type: given.type }),
  ...(given['entity-alias'] && { entity_alias: given['entity-alias'] }),
  ...(given.id && { id: given.id }),
})

/** 0 is "not set". */
const lasting = (name: string, given: Duration | undefined) => (given === undefined || given.seconds === 0 ? {} : { [name]: given.text })
