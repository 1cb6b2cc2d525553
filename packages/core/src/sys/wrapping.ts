import { path, reply, type Call } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { CoreError } from '../errors.js'
import { isWrapping, opened } from '../wrapping.js'
import type { SysContext } from './context.js'

const Given = T.Object({ token: T.Optional(T.String({ description: 'The wrapping token, if it is not the one you come with.' })) })
type WrapCall = Call<unknown, { token?: string }>

/** `sys/wrapping`: answers handed on in a token that opens once. */
export function wrappingPaths({ wrapping, tokens, revoke }: SysContext) {
  /** The wrapping token meant: the one in the body, or the caller's own. Using it up is part of taking it. */
  const take = async ({ caller, input }: WrapCall) => {
    // A client that comes with the wrapping token and names it as well has used it by coming.
    if (input.token && tokens.keyOf(input.token) !== caller?.tokenKey) {
      const token = await tokens.find(input.token)
      // Whoever names another kind of token by mistake has not used it.
      const used = token && isWrapping(token) && (await tokens.use(token))
      if (!used) throw CoreError.badWrappingToken()
      return used
    }
    const token = caller && (await tokens.held(caller.tokenKey))
    if (!token) throw CoreError.badWrappingToken()
    return token
  }
  const look = async ({ caller, input }: WrapCall) => {
    const token = input.token ? await tokens.find(input.token) : caller && (await tokens.held(caller.tokenKey))
    if (!token) throw CoreError.badWrappingToken()
    return reply({ data: await wrapping.lookup(token) })
  }
  return [
    path('wrapping/wrap', 'Wrap any data.').write({
      summary: 'Wrap what you send; needs X-Vault-Wrap-TTL.',
      input: T.Record(T.String(), T.Unknown()),
      // Whoever wraps says what stands in `data`, and in no other part of the answer that the receiver will read.
      handle: async ({ input }) => reply({ data: input }),
    }),
    path('wrapping/unwrap', 'Open a wrapping token.').write({
      summary: 'The wrapped answer; the token is used up.',
      input: Given,
      handle: async (call) => {
        const token = await take(call)
        const text = await wrapping.unwrap(token)
        await revoke(token.key)
        return reply({ status: text === '' ? 204 : 200, data: await opened(text), verbatim: text })
      },
    }),
    path('wrapping/lookup', 'What a wrapping token holds.', { unauthenticated: true })
      .write({ summary: 'When and by what it was made, without opening it.', input: Given, handle: look })
      .read({ summary: 'When and by what your own wrapping token was made.', input: Given, handle: look }),
    path('wrapping/rewrap', 'Move an answer to a new wrapping token.').write({
      summary: 'A new token with the same answer; the old one is used up.',
      input: Given,
      handle: async (call) => {
        const token = await take(call)
        const wrap = await wrapping.rewrap(token)
        await revoke(token.key)
        return reply({ wrap })
      },
    }),
  ] as const
}
