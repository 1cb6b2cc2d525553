import type { Static, TObject, TSchema } from 'typebox'
import type { Form } from './forms.js'
import type { Records } from './records.js'
import type { Grant, Reply } from './reply.js'
import type { Storage } from './storage.js'

export const verbs = ['read', 'list', 'write', 'patch', 'delete'] as const
export type Verb = (typeof verbs)[number]

type Bare<Name> = Name extends `${infer Word}${'+' | '*'}` ? Word : Name

/** `data/{path+}` gives `{ path: string }`. `+` spans slashes; `*` spans slashes and may be empty. */
export type Params<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [K in Bare<Name> & string]: string } & Params<Rest>
  : unknown

export interface Clock {
  now(): Date
}

/** Who is asking, as far as an engine may know. Made by the core from the token, changed by nobody. */
export interface Caller {
  /** The token's accessor; never the token. */
  readonly accessor: string
  /** Names this token in storage keys without revealing it. Stable for the token's life. */
  readonly tokenKey: string
  readonly displayName: string
  readonly policies: readonly string[]
  readonly entityId: string
  readonly metadata: Readonly<Record<string, string>>
}

/** The mount a request came through. */
export interface MountFacts {
  /** With its trailing slash, and `auth/` in front for an auth method. */
  readonly path: string
  readonly accessor: string
  readonly options: Readonly<Record<string, string>>
  /** Effective TTLs in seconds: the mount's own, or the system's. */
  readonly defaultLeaseTtl: number
  readonly maxLeaseTtl: number
}

/** What outlives one request: an engine's own storage view and the clock. */
export interface World {
  readonly storage: Storage
  readonly clock: Clock
}

/** Everything a handler is given. It has no other way to reach the world. */
export interface Call<P, I> extends World {
  readonly params: P
  readonly input: I
  /** The same storage for reading JSON records, which are decoded once for as long as they stay as they are. */
  readonly records: Records
  readonly mount: MountFacts
  /** Undefined only on paths declared `unauthenticated`. */
  readonly caller: Caller | undefined
}

/** What an operation answers, where that is not the usual. The OpenAPI document is written from it, and the tests judge every handler by it. */
export interface Answers {
  /** How `data` stands: in the envelope, in the envelope and copied to the top, alone, or as bytes that are no JSON. `envelope` if left out. */
  readonly form?: 'envelope' | 'legacy' | 'bare' | 'bytes'
  /** Every status but those of errors. Left out: 200 for a read or a list, and for what has an output; 204 for what has nothing to say. */
  readonly statuses?: readonly number[]
  /** A request may ask for another status than these. */
  readonly statusChosen?: boolean
  /** It hands out or renews a token, or gives a wrapping token. */
  readonly gives?: 'auth' | 'wrap'
}

export interface Operation<P, I extends TSchema, O extends TSchema> {
  readonly summary: string
  readonly input?: I
  /** The shape of `data` in the answer. */
  readonly output?: O
  /** Names the operation in OpenAPI: Vault's own id where it has one. Left out, it is made from the engine's type, the verb and the path. */
  readonly id?: string
  readonly answers?: Answers
  /** Further values of fields, by which others ask for the same: what a policy denies in those words is denied in these. */
  otherwise?(input: Static<I>): Readonly<Record<string, readonly unknown[]>>
  /**
   * Whether the thing is already there, which decides if a write needs `create` or `update`. Left out, a write is an update.
   * Only meaningful on `write`.
   */
  exists?(call: Call<P, Static<I>>): Promise<boolean>
  /** `undefined`: nothing there (404) when reading or listing, nothing to say (204) otherwise. */
  handle(call: Call<P, Static<I>>): Promise<Static<O> | Reply | undefined>
}

/** An operation whose types have been forgotten: what the core runs, after checking the input against the schema. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- handlers of every shape must fit; `invoke` checks at run time
export type AnyOperation = Operation<any, any, any>
export type Operations = { readonly [V in Verb]?: AnyOperation }

export interface PathOptions<T extends string = string> {
  /** May be used without a token: logins. Deny is the default. */
  readonly unauthenticated?: boolean
  /** With `unauthenticated`: a token may be left out, but one that is given must be good, for the answer depends on it. */
  readonly judgesToken?: boolean
  /** Only refuses, to say what would be right: it is no part of what the engine offers, and OpenAPI leaves it out. */
  readonly undocumented?: boolean
  /** Needs the capability `sudo` beside the one for the verb. */
  readonly sudo?: boolean
  /**
   * Parameters that several spellings mean, each with its only form. The policy judges that form and the handler is given it. A
   * parameter that is not named here is taken exactly as it was sent, and no handler may change it.
   */
  readonly forms?: { readonly [K in keyof Params<T>]?: Form }
  /**
   * Another address of the same thing, in this mount, as a template with parameters of this one: what a policy denies there is
   * denied here as well.
   */
  readonly also?: readonly string[]
}

/** One address inside an engine and what may be done there: plain data, once built. */
export interface Path<T extends string = string, Ops extends Operations = Operations> {
  readonly template: T
  readonly help: string
  readonly options: PathOptions
  readonly operations: Ops
}

type Declare<V extends Verb, T extends string, Ops extends Operations> = <
  I extends TSchema = TObject<{}>,
  O extends TSchema = TObject<{}>,
>(
  operation: Operation<Params<T>, I, O>,
) => PathBuilder<T, Ops & { readonly [K in V]: Operation<Params<T>, I, O> }>

export type PathBuilder<T extends string, Ops extends Operations> = Path<T, Ops> & {
  readonly [V in Verb]: Declare<V, T, Ops>
}

export function path<const T extends string>(template: T, help: string, options: PathOptions<T> = {}): PathBuilder<T, {}> {
  return build({ template, help, options, operations: {} }) as PathBuilder<T, {}>
}

// Each verb returns a new builder; the types above remember what has been declared so far.
function build(declared: Path): Path {
  const declare = (verb: Verb) => (operation: AnyOperation) =>
    build({ ...declared, operations: { ...declared.operations, [verb]: operation } })
  return Object.assign({ ...declared }, Object.fromEntries(verbs.map((v) => [v, declare(v)])))
}

/** A secrets engine or an auth method: a name, a sentence, its paths. All that is public derives from it. */
export interface Engine<P extends readonly Path[] = readonly Path[]> {
  readonly type: string
  /** Where one type has several shapes (kv), which one this is; chosen by the mount's option `version`. */
  readonly version?: string
  readonly help: string
  readonly paths: P
  /** Prepares a fresh mount's storage, so that the first request finds what it expects. */
  mounted?(world: World, options: Readonly<Record<string, string>>): Promise<void>
  /** Turns what version `from` of the same type left in storage into this version's form. Safe to run twice. */
  upgrade?(world: World, from: string): Promise<void>
  /**
   * For an auth method: by what a token that it has let in is renewed today. Undefined when the role, or whatever else it came by, is
   * gone. Left out, a token is renewed by what it was made with.
   */
  renew?(world: World, token: Renewal['token']): Promise<Renewal['bounds'] | undefined>
}

/** What an auth method is asked at a renewal, and what it answers. */
export interface Renewal {
  readonly token: { readonly metadata: Readonly<Record<string, string>> }
  readonly bounds: Pick<Grant, 'policies' | 'ttl' | 'maxTtl' | 'explicitMaxTtl' | 'period'>
}

export const engine = <const P extends readonly Path[]>(declaration: Engine<P>): Engine<P> => declaration
