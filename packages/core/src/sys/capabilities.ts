import { path, reply, Strings, type Caller } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { CoreError, TokenError } from '../errors.js'
import { callerOf } from '../tokens/entry.js'
import type { SysContext } from './context.js'

const Paths = {
  path: T.Optional(Strings({ description: 'The paths asked about.' })),
  paths: T.Optional(Strings({ aliasOf: 'path', description: 'The paths asked about.' })),
}

/** `sys/capabilities*`: what a token may do at which path. */
export function capabilityPaths({ aclOf, tokens, mounts }: SysContext) {
  const answer = async (caller: Caller | undefined, input: { path?: string[]; paths?: string[] }) => {
    const asked = [...(input.paths ?? []), ...(input.path ?? [])]
    if (asked.length === 0) throw CoreError.noPaths()
    const acl = await aclOf(caller)
    const spelling = await mounts.spelling()
    const found = await Promise.all(
      asked.map(async (at) => {
        const [judged = at, ...also] = await mounts.judged(at.replace(/^\/+/, ''))
        return [at, acl.capabilities(judged, [...also, ...[judged, ...also].flatMap((of) => acl.alike(of).filter((other) => spelling(other) === of))])] as const
      }),
    )
    const alone = found.length === 1 ? { capabilities: found[0]?.[1] } : {}
    return reply({ data: { ...Object.fromEntries(found), ...alone }, form: 'legacy' })
  }
  return [
    path('capabilities', 'What a token may do.').write({
      summary: 'What a token may do at some paths.',
      input: T.Object({ token: T.String({ description: 'The token.' }), ...Paths }),
      handle: async ({ input }) => {
        const token = await tokens.find(input.token)
        if (!token) throw TokenError.notFound()
        return answer(callerOf(token), input)
      },
    }),
    path('capabilities-self', 'What your own token may do.').write({
      summary: 'What your own token may do at some paths.',
      input: T.Object({ ...Paths, token: T.Optional(T.String({ description: 'Accepted; your own token is meant.' })) }),
      handle: ({ caller, input }) => answer(caller, input),
    }),
    path('capabilities-accessor', 'What the token behind an accessor may do.').write({
      summary: 'What a token may do, without knowing it.',
      input: T.Object({ accessor: T.String({ description: "The token's accessor." }), ...Paths }),
      handle: async ({ input }) => {
        const token = await tokens.byAccessor(input.accessor)
        if (!token) throw TokenError.invalidAccessor()
        return answer(callerOf(token), input)
      },
    }),
  ] as const
}
