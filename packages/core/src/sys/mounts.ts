import { path, reply, Pairs, type Operation } from '@chatelaine/sdk'
import { Type as T, type Static, type TObject } from 'typebox'
import { MountError } from '../errors.js'
import { namesOfType } from '../mounts/catalogue.js'
import { disable, enable, tune } from '../mounts/change.js'
import { isFixed, plainConfig, type MountEntry, type NewMount } from '../mounts/entry.js'
import { Config, Settings, settingsChanged, settingsFor } from '../mounts/settings.js'
import type { Mounted, Ttls } from '../mounts/table.js'
import type { SysContext } from './context.js'

const New = T.Object({
  type: T.Optional(T.String({ description: 'The type of engine.' })),
  description: T.Optional(T.String({ description: 'A sentence for people.' })),
  config: T.Optional(Config),
  options: T.Optional(Pairs({ description: "The engine's own options." })),
  local: T.Optional(T.Boolean({ description: 'Accepted; there is no replication.' })),
  seal_wrap: T.Optional(T.Boolean({ description: 'Accepted; everything is encrypted by the barrier.' })),
  external_entropy_access: T.Optional(T.Boolean({ description: 'Accepted; there is no other source of randomness.' })),
  plugin_name: T.Optional(T.String({ description: 'Names the type where type is "plugin".' })),
  plugin_version: T.Optional(T.String({ description: 'Not offered: engines are part of the server.' })),
})
const Change = T.Object({
  ...Settings,
  description: T.Optional(T.String({ description: 'A sentence for people.' })),
  options: T.Optional(Pairs({ description: "The engine's own options." })),
})

/** A type and a version go by several names, in several fields. */
function otherwise({ type, plugin_name, config, options }: Static<typeof New>) {
  const named = type === 'plugin' ? config?.plugin_name || plugin_name : type
  if (!named) return {}
  const { names, version } = namesOfType(named, options?.['version'])
  return { type: names, plugin_name: names, config: names.map((name) => ({ plugin_name: name })), options: [{ version }] }
}

type Kind = MountEntry['kind']

const forms = { path: 'bare-path' } as const

/** `sys/mounts` and `sys/auth`: the same table, the same rules, two addresses. */
export const mountPaths = (context: SysContext) => [
  // Vault's clients tune an auth method here as well, and need no sudo for it.
  path('mounts/auth/{path+}/tune', 'What can be changed about an auth method.', { forms, also: ['auth/{path}/tune'] })
    .read(readTuning(context, 'auth'))
    .write(writeTuning(context, 'auth')),
  path('mounts/{path+}/tune', 'What can be changed about a mount.', { forms })
    .read(readTuning(context, 'secret'))
    .write(writeTuning(context, 'secret')),
  path('auth/{path+}/tune', 'What can be changed about an auth method.', { sudo: true, forms, also: ['mounts/auth/{path}/tune'] })
    .read(readTuning(context, 'auth'))
    .write(writeTuning(context, 'auth')),
  ...pathsOf(context, 'secret', 'mounts'),
  ...pathsOf(context, 'auth', 'auth'),
]

type At = { readonly path: string }

async function mountAt({ mounts }: SysContext, kind: Kind, given: string): Promise<Mounted> {
  const found = await mounts.at(kind, `${given}/`)
  if (!found) throw kind === 'auth' ? MountError.missingAuth() : MountError.missing()
  return found
}

const readTuning = (context: SysContext, kind: Kind): Operation<At, TObject<{}>, TObject<{}>> => ({
  summary: 'Read what is set.',
  handle: async ({ params }) => reply({ data: describeTuning(await mountAt(context, kind, params.path), context.ttls), form: 'legacy' }),
})

const writeTuning = (context: SysContext, kind: Kind): Operation<At, typeof Change, TObject<{}>> => ({
  summary: 'Change it.',
  input: Change,
  handle: async ({ params, input }) => changeMount(context, await mountAt(context, kind, params.path), input),
})

function pathsOf(context: SysContext, kind: Kind, base: 'mounts' | 'auth') {
  const { mounts } = context
  // Vault asks sudo for changing how people log in, not for mounting a secrets engine.
  const guarded = { sudo: kind === 'auth', forms }
  return [
    path(base, kind === 'auth' ? 'The auth methods.' : 'The secrets engines.').read({
      summary: 'List what is mounted.',
      handle: async () => {
        const all = (await mounts.all()).filter(({ entry }) => entry.kind === kind)
        return reply({ data: Object.fromEntries(all.map((m) => [m.entry.path, describeMount(m)])), form: 'legacy' })
      },
    }),
    path(`${base}/{path+}`, 'A mount.', guarded)
      .read({ summary: 'Read what it is.', handle: async ({ params }) => reply({ data: describeMount(await mountAt(context, kind, params.path)), form: 'legacy' }) })
      .write({
        summary: 'Mount an engine here.',
        input: New,
        otherwise,
        handle: async ({ params, input }) => {
          await enable(context.change, newMountOf(kind, `${params.path}/`, input))
          return undefined
        },
      })
      .delete({
        summary: 'Remove the mount and all it keeps.',
        handle: async ({ params }) => {
          await disable(context.change, { kind, path: `${params.path}/` })
          return undefined
        },
      }),
  ] as const
}

/** A mount as `sys/mounts` shows it. TTLs are the mount's own; 0 is the system's. */
export function describeMount({ entry }: Mounted): Record<string, unknown> {
  const own = isFixed(entry)
  return {
    accessor: entry.accessor,
    config: { ...entry.config, ...(entry.kind === 'auth' && { token_type: entry.config.token_type ?? 'default-service' }) },
    ...(!own && { deprecation_status: 'supported' }),
    description: entry.description,
    external_entropy_access: false,
    local: entry.local,
    options: entry.options ?? (own ? null : {}),
    plugin_version: '',
    running_plugin_version: '',
    running_sha256: '',
    seal_wrap: entry.seal_wrap,
    type: entry.type,
    uuid: entry.uuid,
  }
}

/** What tuning shows: what is set, with the system's TTLs where nothing is. */
function describeTuning({ entry }: Mounted, ttls: Ttls): Record<string, unknown> {
  return {
    ...entry.config,
    default_lease_ttl: entry.config.default_lease_ttl || ttls.defaultLeaseTtl,
    max_lease_ttl: entry.config.max_lease_ttl || ttls.maxLeaseTtl,
    description: entry.description,
    ...(Object.keys(entry.options ?? {}).length > 0 && { options: entry.options }),
    ...(entry.kind === 'auth' && { token_type: entry.config.token_type ?? 'default-service' }),
  }
}

/** The row that a request asks for. The old form names the type in `config.plugin_name`, under the type "plugin". */
function newMountOf(kind: Kind, path: string, { plugin_name, plugin_version, ...input }: Static<typeof New>): NewMount {
  const given = { ...(plugin_version !== undefined && { plugin_version }), ...input.config }
  if (!input.type) throw MountError.noType()
  const type = input.type === 'plugin' ? given.plugin_name || plugin_name : input.type
  if (!type) throw MountError.noPluginName()
  const { description, local, seal_wrap, options } = input
  return {
    kind, path, type, options: options ?? {},
    ...(description !== undefined && { description }),
    ...(local !== undefined && { local }),
    ...(seal_wrap !== undefined && { seal_wrap }),
    config: { ...plainConfig, ...settingsFor({ kind }, given) },
  }
}

const untunable = ['sys/', 'cubbyhole/', 'identity/']

async function changeMount({ change }: SysContext, { entry, address }: Mounted, { description, options, ...given }: Static<typeof Change>) {
  if (untunable.includes(address)) throw MountError.tuneFixed({ path: address })
  const config = settingsChanged(entry, given)
  const upgraded = await tune(change, entry, { description, options, config })
  if (!upgraded) return undefined
  const { from, to } = upgraded
  const warning = `Upgrading mount from version ${from} to version ${to}. This mount will be unavailable for a brief period and will resume service shortly.`
  return reply({ status: 200, warnings: [warning] })
}
