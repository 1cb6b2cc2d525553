import { path, Duration } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { LeaseError } from '../errors.js'
import { revokeWhere } from '../tokens/revoke-where.js'
import type { SysContext } from './context.js'

const Lease = T.Object({ lease_id: T.Optional(T.String({ description: 'The lease.' })) })
const Renewal = T.Object({ ...Lease.properties, increment: T.Optional(Duration({ description: 'How long from now.' })) })
const Ending = T.Object({ ...Lease.properties, sync: T.Optional(T.Boolean({ description: 'Accepted; it is always waited for.' })) })

/** Four addresses of one thing: nothing here needs force. */
const endings = ['revoke-prefix', 'revoke-force', 'leases/revoke-prefix', 'leases/revoke-force'] as const

interface Named {
  readonly params: unknown
  readonly input: { readonly lease_id?: string }
}

function checkNamed({ params, input }: Named): undefined {
  if (!(params as { lease?: string }).lease?.trim() && !input.lease_id?.trim()) throw LeaseError.missing()
}

/**
 * `sys/leases`: no engine here hands out leased secrets. What lives by time are tokens, each under the path it was made by,
 * and those are what revoking by prefix ends.
 */
export function leasePaths({ tokens, revoke }: SysContext) {
  const renew = async (call: Named): Promise<undefined> => {
    checkNamed(call)
    throw LeaseError.notFound()
  }
  // There is nothing to revoke, and revoking what is not there succeeds. Who names nothing has made a mistake.
  const end = async (call: Named): Promise<undefined> => checkNamed(call)
  const endUnder = async ({ params }: { readonly params: { readonly prefix: string } }): Promise<undefined> => {
    // A prefix ends where a segment ends: `auth/token/create` is not the beginning of `auth/token/create-orphan`.
    const prefix = `${params.prefix}/`
    await revokeWhere(tokens, ({ expireTime, path }) => expireTime > 0 && `${path}/`.startsWith(prefix), revoke)
    return undefined
  }
  return [
    path('leases/lookup', 'A lease.').write({
      summary: 'When it ends.',
      input: Lease,
      handle: async (call): Promise<undefined> => {
        checkNamed(call)
        throw LeaseError.invalid()
      },
    }),
    path('leases/lookup/{prefix*}', 'The leases under a path.', { sudo: true }).list({ summary: 'List leases.', handle: async () => undefined }),
    ...([['renew', 'leases/renew'], ['leases/renew', 'renew']] as const).flatMap(([at, other]) => [
      path(at, 'A lease.', { also: [other] }).write({ summary: 'Let a lease live longer.', input: Renewal, handle: renew }),
      path(`${at}/{lease+}`, 'A lease.', { also: [`${other}/{lease}`] }).write({ summary: 'Let a lease live longer.', input: Renewal, handle: renew }),
    ]),
    ...([['revoke', 'leases/revoke'], ['leases/revoke', 'revoke']] as const).flatMap(([at, other]) => [
      path(at, 'A lease.', { also: [other] }).write({ summary: 'End a lease.', input: Ending, handle: end }),
      path(`${at}/{lease+}`, 'A lease.', { also: [`${other}/{lease}`] }).write({ summary: 'End a lease.', input: Ending, handle: end }),
    ]),
    ...endings.map((at) =>
      path(`${at}/{prefix+}`, 'All that was handed out under a path.', {
        sudo: true,
        forms: { prefix: 'bare-path' },
        also: endings.filter((other) => other !== at).map((other) => `${other}/{prefix}`),
      }).write({
        summary: 'End all of it: every token that expires and was made by such a path.',
        input: Ending,
        handle: endUnder,
      }),
    ),
  ]
}
