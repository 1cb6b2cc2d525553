import { path, reply, Pairs, Strings, parseDuration } from '@chatelaine/sdk'
import { Type as T, type Static } from 'typebox'
import { CoreError, MountError } from '../errors.js'
import { disable, enable, tune, type Tuning } from '../mounts/change.js'
import { mountPath, plainConfig, type MountConfig, type MountEntry } from '../mounts/entry.js'
import type { Mounted } from '../mounts/table.js'
import type { SysContext } from './context.js'

const Ttl = T.Optional(T.Unknown({ description: 'A duration; -1 or "system" for the system\'s.' }))

const Tunable = {
  default_lease_ttl: Ttl,
  max_lease_ttl: Ttl,
  force_no_cache: T.Optional(T.Boolean({ description: 'Accepted; nothing is cached past a change here.' })),
  listing_visibility: T.Optional(T.String({ description: '"unauth" shows the mount to those without a token.' })),
  audit_non_hmac_request_keys: T.Optional(Strings({ description: 'Request fields written to the audit log in clear.' })),
  audit_non_hmac_response_keys: T.Optional(Strings({ description: 'Answer fields written to the audit log in clear.' })),
  passthrough_request_headers: T.Optional(Strings({ description: 'Request headers the engine may see.' })),
  allowed_response_headers: T.Optional(Strings({ description: 'Answer headers the engine may set.' })),
  token_type: T.Optional(T.String({ description: 'For auth methods: the type of tokens made.' })),
}

const New = T.Object({
  type: T.String({ description: 'The type of engine.' }),
  description: T.Optional(T.String({ description: 'A sentence for people.' })),
  config: T.Optional(T.Record(T.String(), T.Unknown(), { description: 'What can be tuned later.' })),
  options: T.Optional(Pairs({ description: "The engine's own options." })),
  local: T.Optional(T.Boolean({ description: 'Accepted; there is no replication.' })),
  seal_wrap: T.Optional(T.Boolean({ description: 'Accepted; everything is encrypted by the barrier.' })),
  plugin_name: T.Optional(T.String({ description: 'Old way to name the type.' })),
})
const Change = T.Object({
  ...Tunable,
  description: T.Optional(T.String({ description: 'A sentence for people.' })),
  options: T.Optional(Pairs({ description: "The engine's own options." })),
})

type Kind = MountEntry['kind']

/** `sys/mounts` and `sys/auth`: the same table, the same rules, two addresses. */
export const mountPaths = (context: SysContext) => [...pathsOf(context, 'secret', 'mounts'), ...pathsOf(context, 'auth', 'auth')]

function pathsOf(context: SysContext, kind: Kind, base: 'mounts' | 'auth') {
  const { mounts } = context
  const at = async (given: string, of = kind): Promise<Mounted> => {
    const path = mountPath(given)
    const found = await mounts.at(of, path)
    if (!found) throw of === 'auth' ? MountError.missingAuth({ path }) : MountError.missing({ path })
    return found
  }
  // Vault's clients tune an auth method at `sys/mounts/auth/<path>/tune` as well.
  const toTune = (given: string) => (given.startsWith('auth/') ? at(given.slice('auth/'.length), 'auth') : at(given))
  // Vault asks sudo for changing how people log in, not for mounting a secrets engine.
  const guarded = { sudo: kind === 'auth' }
  return [
    path(base, kind === 'auth' ? 'The auth methods.' : 'The secrets engines.').read({
      summary: 'List what is mounted.',
      handle: async () => {
        const all = (await mounts.all()).filter(({ entry }) => entry.kind === kind)
        return reply({ data: Object.fromEntries(all.map((m) => [m.entry.path, describeMount(m)])), form: 'legacy' })
      },
    }),
    path(`${base}/{path+}/tune`, 'What can be changed about a mount.', guarded)
      .read({ summary: 'Read what is set.', handle: async ({ params }) => reply({ data: describeTuning(await toTune(params.path)), form: 'legacy' }) })
      .write({
        summary: 'Change it.',
        input: Change,
        handle: async ({ params, input }) => {
          await tune(context.change, (await toTune(params.path)).entry, tuningOf(input))
          return undefined
        },
      }),
    path(`${base}/{path+}`, 'A mount.', guarded)
      .read({ summary: 'Read what it is.', handle: async ({ params }) => reply({ data: describeMount(await at(params.path)), form: 'legacy' }) })
      .write({
        summary: 'Mount an engine here.',
        input: New,
        handle: async ({ params, input }) => {
          const type = input.type === 'plugin' ? (input.plugin_name ?? '') : input.type
          await enable(context.change, { ...input, type, kind, path: params.path, config: configOf(input.config ?? {}) })
          return undefined
        },
      })
      .delete({
        summary: 'Remove the mount and all it keeps.',
        handle: async ({ params }) => {
          await disable(context.change, kind, params.path)
          return undefined
        },
      }),
  ] as const
}

/** A mount as `sys/mounts` shows it. TTLs are the mount's own; 0 is the system's. */
export function describeMount({ entry }: Mounted): Record<string, unknown> {
  return {
    accessor: entry.accessor,
    config: { ...entry.config, ...(entry.kind === 'auth' && { token_type: entry.config.token_type ?? 'default-service' }) },
    deprecation_status: 'supported',
    description: entry.description,
    external_entropy_access: false,
    local: entry.local,
    options: entry.options,
    plugin_version: '',
    running_plugin_version: '',
    running_sha256: '',
    seal_wrap: entry.seal_wrap,
    type: entry.type,
    uuid: entry.uuid,
  }
}

/** What tuning shows: TTLs as they take effect. */
function describeTuning({ entry, facts }: Mounted): Record<string, unknown> {
  return {
    ...entry.config,
    default_lease_ttl: facts.defaultLeaseTtl,
    max_lease_ttl: facts.maxLeaseTtl,
    description: entry.description,
    ...(entry.options && { options: entry.options }),
    ...(entry.kind === 'auth' && { token_type: entry.config.token_type ?? 'default-service' }),
  }
}

const tuningOf = ({ description, options, ...config }: Static<typeof Change>): Tuning => ({ description, options, config: partOf(config) })

const configOf = (given: Readonly<Record<string, unknown>>): MountConfig => ({ ...plainConfig, ...partOf(given) })

const tunable = Object.keys(Tunable)

/** The tunable fields of `given`, with TTLs in seconds. What is not tunable is left out. */
function partOf(given: Readonly<Record<string, unknown>>): Partial<MountConfig> {
  const known = Object.entries(given).filter(([name, value]) => tunable.includes(name) && value !== undefined && value !== null)
  return Object.fromEntries(known.map(([name, value]) => [name, name.endsWith('_ttl') ? ttl(value) : value]))
}

function ttl(value: unknown): number {
  if (value === 'system' || value === -1 || value === '-1') return 0
  const seconds = parseDuration(value)
  if (seconds < 0) throw CoreError.invalid({ problem: 'a lease TTL cannot be negative' })
  return seconds
}
