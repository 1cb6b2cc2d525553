import { path, reply } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { CoreError } from '../errors.js'
import type { PolicyStore } from '../policy-store.js'
import { deletable, misspelt, writable } from '../policies/index.js'
import type { SysContext } from './context.js'

const Text = {
  policy: T.Optional(T.String({ description: 'The policy in HCL or JSON, or either in base64.' })),
  rules: T.Optional(T.String({ aliasOf: 'policy', description: 'Old name of policy.' })),
}

/** Policy text may come in base64; text that happens to be valid base64 is no policy, so nothing is lost by looking. */
function textOf({ policy, rules }: { policy?: string; rules?: string }): string {
  const given = policy ?? rules
  if (!given) throw CoreError.invalid({ problem: "'policy' parameter not supplied or empty" })
  return decoded(given)
}

function decoded(given: string): string {
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(given)) return given
  const bytes = Buffer.from(given, 'base64')
  const clean = given.replace(/\s/g, '')
  return bytes.toString('base64').replace(/=+$/, '') === clean.replace(/=+$/, '') ? bytes.toString() : given
}

/** A policy that denies a text means it also in base64. */
const otherwise = ({ policy, rules }: { policy?: string; rules?: string }) =>
  ({ policy: [policy, rules].flatMap((given) => (given ? [decoded(given)] : [])) })

async function write({ policies, mounts }: Pick<SysContext, 'policies' | 'mounts'>, name: string, input: { policy?: string; rules?: string }) {
  if (!writable(name)) throw CoreError.invalid({ problem: `cannot update "${name}" policy` })
  const rules = await policies.write(name, textOf(input))
  const old = input.policy === undefined ? ["the 'rules' parameter is deprecated; please use 'policy' instead"] : []
  const warnings = [...old, ...(await misspelt(rules, await mounts.spelling()))]
  return warnings.length > 0 ? reply({ status: 200, warnings }) : undefined
}

async function remove(policies: PolicyStore, name: string): Promise<undefined> {
  if (!deletable(name)) throw CoreError.invalid({ problem: `cannot delete "${name}" policy` })
  await policies.remove(name)
}

const forms = { name: 'policy-name' } as const

/** `sys/policy` and `sys/policies/acl`: two addresses, one set of policies. */
export const policyPaths = ({ policies, mounts }: SysContext) => [
  path('policy', 'The names of all policies.', { also: ['policies/acl'] })
    .read({ summary: 'List policies.', handle: async () => listed(await policies.names()) })
    .list({ summary: 'List policies.', handle: async () => listed(await policies.names()) }),
  path('policy/{name+}', 'A policy.', { forms, also: ['policies/acl/{name}'] })
    .read({
      summary: 'Read a policy.',
      handle: async ({ params: { name } }) => {
        const rules = await policies.text(name)
        return rules === undefined ? undefined : reply({ data: { name, rules }, form: 'legacy' })
      },
    })
    .write({ summary: 'Write a policy.', input: T.Object(Text), otherwise, handle: ({ params, input }) => write({ policies, mounts }, params.name, input) })
    .delete({ summary: 'Delete a policy.', handle: ({ params }) => remove(policies, params.name) }),
  path('policies/acl', 'The names of all policies.', { also: ['policy'] }).list({
    summary: 'List policies.',
    output: T.Object({ keys: T.Array(T.String()) }),
    handle: async () => ({ keys: await policies.names() }),
  }),
  path('policies/acl/{name+}', 'A policy.', { forms, also: ['policy/{name}'] })
    .read({
      summary: 'Read a policy.',
      handle: async ({ params: { name } }) => {
        const policy = await policies.text(name)
        return policy === undefined ? undefined : reply({ data: { name, policy } })
      },
    })
    .write({ summary: 'Write a policy.', input: T.Object(Text), otherwise, handle: ({ params, input }) => write({ policies, mounts }, params.name, input) })
    .delete({ summary: 'Delete a policy.', handle: ({ params }) => remove(policies, params.name) }),
]

const listed = (names: readonly string[]) => reply({ data: { keys: names, policies: names }, form: 'legacy' })
