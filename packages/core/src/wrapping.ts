import {
  decodeData, encodeData, envelope, heavyEnvelope, inSlices, isHeavy, parseJson, readJson, textPieces, together, untilCommitted,
  type Response, type Sliced, type Storage, type WrapInfo,
} from '@chatelaine/sdk'
import { CoreError } from './errors.js'
import { rfc3339, type Token } from './tokens/entry.js'
import type { TokenStore } from './tokens/store.js'

/** What a wrapping token's own cubbyhole holds. */
interface Wrapped {
  /** The answer as it would have been sent. */
  readonly response: string
  readonly creationTime: string
  readonly creationPath: string
  readonly creationTtl: number
  readonly wrappedAccessor?: string
}

const recordOf = (key: string) => `${key}/response`

export interface WrappingContext {
  readonly store: TokenStore
  /** The storage of the mount `cubbyhole/`, and the prefix it adds, for writing in one commit with the token. */
  readonly cubbyhole: () => Promise<{ readonly storage: Storage; readonly prefix: string }>
  /** The longest a wrapping token lives, whatever is asked for: the system's longest lease, in seconds. */
  readonly longest: number
}

/**
 * Response wrapping: an answer is laid into the cubbyhole of a token that is good for one use, and the token is handed out
 * in its place. Whoever finds it used already knows that somebody else has read the answer.
 */
export class Wrapping {
  readonly #context: WrappingContext

  constructor(context: WrappingContext) {
    this.#context = context
  }

  async wrap(response: Response, path: string, ttl: number): Promise<WrapInfo> {
    const accessor = response.auth?.accessor
    return this.#lay({
      response: await textOf(response),
      creationTime: rfc3339(this.#context.store.now()),
      creationPath: path,
      creationTtl: ttl,
      ...(accessor !== undefined && { wrappedAccessor: accessor }),
    })
  }

  /** What a wrapping token says of itself, without using it up. */
  async lookup(token: Token): Promise<Record<string, unknown>> {
    const { creationPath, creationTime, creationTtl } = await this.#read(token)
    return { creation_path: creationPath, creation_time: creationTime, creation_ttl: creationTtl }
  }

  /** The answer that was wrapped, word for word. The caller uses the token up. */
  async unwrap(token: Token): Promise<string> {
    return (await this.#read(token)).response
  }

  /** The same answer under a new token. */
  async rewrap(token: Token): Promise<WrapInfo> {
    return this.#lay(await this.#read(token))
  }

  async #read(token: Token): Promise<Wrapped> {
    if (!isWrapping(token)) throw CoreError.badWrappingToken()
    const { storage } = await this.#context.cubbyhole()
    const found = await storage.get(recordOf(token.key))
    if (!found) throw CoreError.badWrappingToken()
    return decodeData<Wrapped>(found.value)
  }

  async #lay(asked: Wrapped): Promise<WrapInfo> {
    const { store, cubbyhole, longest } = this.#context
    const wrapped = { ...asked, creationTtl: Math.min(asked.creationTtl, longest) }
    const { prefix } = await cubbyhole()
    const now = store.now()
    const value = await encodeData(wrapped)
    const token = await untilCommitted(() =>
      store.create(
        {
          policies: ['response-wrapping'],
          path: wrapped.creationPath,
          meta: null,
          displayName: 'wrapping',
          numUses: 1,
          creationTime: now,
          creationTtl: wrapped.creationTtl,
          explicitMaxTtl: wrapped.creationTtl,
          period: 0,
          maxTtl: 0,
          renewable: false,
          orphan: true,
          parent: '',
          role: '',
          entityId: '',
          expireTime: now + wrapped.creationTtl,
        },
        undefined,
        { writes: (key) => [{ put: prefix + recordOf(key), value }] },
      ),
    )
    return {
      token: token.entry.id,
      accessor: token.entry.accessor,
      ttl: wrapped.creationTtl,
      creation_time: wrapped.creationTime,
      creation_path: wrapped.creationPath,
      ...(wrapped.wrappedAccessor !== undefined && { wrapped_accessor: wrapped.wrappedAccessor }),
    }
  }
}

/** Only the vault itself makes such tokens: nobody may ask for their policy. */
export const isWrapping = ({ entry }: Token) => entry.policies.includes('response-wrapping')

/** A kept answer as an object again, for the audit record. */
export async function opened(text: string): Promise<Record<string, unknown>> {
  if (text === '') return {}
  if (!isHeavy(text)) return parseJson(text) as Record<string, unknown>
  const bytes = await inSlices(together(await inSlices(textPieces(text))))
  return (await inSlices(readJson(bytes))) as Record<string, unknown>
}

async function textOf(response: Response): Promise<string> {
  const heavy = heavyEnvelope(response)
  if (!heavy) return envelope(response) ?? ''
  return inSlices(joinedText(await inSlices(heavy)))
}

function* joinedText(pieces: readonly Uint8Array[]): Sliced<string> {
  const decoder = new TextDecoder()
  let text = ''
  for (const piece of pieces) {
    text += decoder.decode(piece, { stream: true })
    yield
  }
  return text + decoder.decode()
}
