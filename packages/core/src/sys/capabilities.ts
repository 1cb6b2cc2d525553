import { atOnce, inSlices, path, reply, Strings, type Caller, type Sliced } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { CoreError, TokenError } from '../errors.js'
import type { Acl } from '../policies/index.js'
import { callerOf } from '../tokens/entry.js'
import type { SysContext } from './context.js'

const Paths = {
  path: T.Optional(Strings({ description: 'The paths asked about.' })),
  paths: T.Optional(Strings({ aliasOf: 'path', description: 'The paths asked about.' })),
}

const most = { paths: 1000, characters: 131_072 }
/** So many paths are looked up between two turns. */
const piece = 16

function refuseTooMuch(asked: readonly string[]): void {
  const characters = asked.reduce((sum, at) => sum + at.length, 0)
  if (asked.length > most.paths || characters > most.characters) throw CoreError.tooManyPaths()
}

interface Judgement {
  readonly acl: Acl
  readonly judged: (path: string) => readonly string[]
  readonly spelling: (path: string) => string
}

type Found = readonly [path: string, capabilities: ReturnType<Acl['capabilities']>]

function* telling(asked: readonly string[], { acl, judged, spelling }: Judgement): Sliced<readonly Found[]> {
  const found: Found[] = []
  for (const at of asked) {
    const [first = at, ...also] = judged(at.replace(/^\/+/, ''))
    const others: string[] = []
    for (const address of [first, ...also]) others.push(...acl.alike(address).filter((other) => spelling(other) === address))
    found.push([at, acl.capabilities(first, [...also, ...others])])
    if (found.length % piece === 0 || others.length > piece) yield
  }
  return found
}

/** `sys/capabilities*`: what a token may do at which path. */
export function capabilityPaths({ aclOf, tokens, mounts }: SysContext) {
  const answer = async (caller: Caller | undefined, input: { path?: string[]; paths?: string[] }) => {
    const asked = [...(input.paths ?? []), ...(input.path ?? [])]
    if (asked.length === 0) throw CoreError.noPaths()
    refuseTooMuch(asked)
    const work = telling(asked, { acl: await aclOf(caller), judged: await mounts.judging(), spelling: await mounts.spelling() })
    const found = asked.length > piece ? await inSlices(work) : atOnce(work)
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
