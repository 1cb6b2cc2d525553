import { path, Duration } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { LeaseError } from '../errors.js'
import type { SysContext } from './context.js'

const Lease = T.Object({ lease_id: T.Optional(T.String({ description: 'The lease.' })) })
const Renewal = T.Object({ ...Lease.properties, increment: T.Optional(Duration({ description: 'How long from now.' })) })
const Anything = T.Record(T.String(), T.Unknown())

/**
 * `sys/leases`: no engine here hands out leased secrets. What lives by time are tokens, each under the path it was made by,
 * and those are what revoking by prefix ends.
 */
export function leasePaths({ tokens, revoke }: SysContext) {
  const renew = async (): Promise<undefined> => {
    throw LeaseError.notFound()
  }
  // There is nothing to revoke, and revoking nothing succeeds.
  const end = async (): Promise<undefined> => undefined
  const endUnder = async ({ params }: { readonly params: { readonly prefix: string } }): Promise<undefined> => {
    // A prefix ends where a segment ends: `auth/token/create` is not the beginning of `auth/token/create-orphan`.
    const prefix = `${params.prefix.replace(/\/+$/, '')}/`
    for await (const { key, entry } of tokens.all()) {
      if (entry.expireTime > 0 && `${entry.path}/`.startsWith(prefix)) await revoke(key)
    }
    return undefined
  }
  return [
    path('leases/lookup', 'A lease.').write({
      summary: 'When it ends.',
      input: Lease,
      handle: async (): Promise<undefined> => {
        throw LeaseError.invalid()
      },
    }),
    path('leases/lookup/{prefix*}', 'The leases under a path.', { sudo: true }).list({ summary: 'List leases.', handle: async () => undefined }),
    ...(['renew', 'leases/renew'] as const).flatMap((at) => [
      path(at, 'A lease.').write({ summary: 'Let a lease live longer.', input: Renewal, handle: renew }),
      path(`${at}/{lease+}`, 'A lease.').write({ summary: 'Let a lease live longer.', input: Renewal, handle: renew }),
    ]),
    ...(['revoke', 'leases/revoke'] as const).flatMap((at) => [
      path(at, 'A lease.').write({ summary: 'End a lease.', input: Lease, handle: end }),
      path(`${at}/{lease+}`, 'A lease.').write({ summary: 'End a lease.', input: Lease, handle: end }),
    ]),
    ...(['revoke-prefix', 'revoke-force', 'leases/revoke-prefix', 'leases/revoke-force'] as const).map((at) =>
      path(`${at}/{prefix+}`, 'All that was handed out under a path.', { sudo: true }).write({
        summary: 'End all of it: every token that expires and was made by such a path.',
        input: Anything,
        handle: endUnder,
      }),
    ),
  ]
}
