import { openapiDocument, path, reply, type Caller } from '@chatelaine/sdk'
import { CoreError } from '../errors.js'
import type { Acl } from '../policies/index.js'
import { documented, type Mounted } from '../mounts/table.js'
import { describeMount } from './mounts.js'
import type { SysContext } from './context.js'

/** Whether somebody may do anything at all under a mount: its own address and what a client would probe. */
const reaches = (acl: Acl, { address }: Mounted) => acl.anyUnder(address)

const asks = { unauthenticated: true, judgesToken: true } as const

/** `sys/internal`: what clients ask before they ask. `vault kv` learns here which version a mount has. */
export function internalPaths({ mounts, aclOf, server }: SysContext) {
  const seen = async (caller: Caller | undefined, kind: 'secret' | 'auth') => {
    const acl = caller && (await aclOf(caller))
    const visible = (await mounts.all()).filter(
      (m) => m.entry.kind === kind && (m.entry.config.listing_visibility === 'unauth' || (acl && reaches(acl, m))),
    )
    return Object.fromEntries(visible.map((m) => [m.entry.path, caller ? describeMount(m) : brief(m)]))
  }
  return [
    path('internal/ui/mounts', 'The mounts you may see.', asks).read({
      summary: 'List the mounts you may see.',
      handle: async ({ caller }) => reply({ data: { secret: await seen(caller, 'secret'), auth: await seen(caller, 'auth') } }),
    }),
    path('internal/ui/mounts/{path+}', 'The mount a path belongs to.', { ...asks, forms: { path: 'bare-path' } }).read({
      summary: 'What is mounted at a path.',
      handle: async ({ caller, params }) => {
        const found = await mounts.route(params.path)
        if (!caller) throw CoreError.noToken()
        if (!found || !reaches(await aclOf(caller), found.mount)) throw CoreError.preflight({ path: params.path.replace(/\/+$/, '') })
        return reply({ data: { ...describeMount(found.mount), path: found.mount.address } })
      },
    }),
    path('internal/specs/openapi', 'This API as an OpenAPI document.', asks).read({
      summary: 'The paths of every mount you may see.',
      handle: async ({ caller }) => {
        const acl = caller && (await aclOf(caller))
        const shown = (await mounts.all()).filter((m) => acl && reaches(acl, m))
        return reply({ data: openapiDocument(shown.map(documented), server.vaultVersion), form: 'bare' })
      },
    }),
  ] as const
}

const brief = (mount: Mounted) => {
  const { description, options, type } = describeMount(mount)
  return { description, options, type }
}
