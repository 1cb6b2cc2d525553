import { client, type Auth, type Client, type Engine } from '@chatelaine/sdk'
import { transportFor } from './address.js'
import { ClientError, refusal } from './errors.js'
import type { Answer, Ask, Data, Question, Transport } from './question.js'
import { usualPace, usualPatience, waitBefore, type Pace, type Patience } from './retry.js'

/** A token, or where to find the one that is good now (`keepAlive` gives such a function). */
export type TokenSource = string | (() => string | undefined | Promise<string | undefined>)

export interface VaultOptions {
  /** `http://`, `https://`, `unix:///path`; anything else together with `transport`. */
  readonly address: string
  readonly token?: TokenSource | undefined
  readonly namespace?: string | undefined
  /** How questions travel. Left out, the address decides. */
  readonly transport?: Transport | undefined
  readonly retry?: Partial<Patience & Pace> | undefined
  /** Milliseconds for one attempt; 0 waits for ever. */
  readonly timeout?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Ends every request of this vault. */
  readonly signal?: AbortSignal | undefined
}

/** A Vault, wherever it runs. Refusals reject with `ClientError`; a read that finds nothing is not one. */
export interface Vault {
  readonly address: string
  /** Asks, and gives the whole answer. A read or list of nothing answers with status 404. */
  request(ask: Ask): Promise<Answer>
  /** The data at `path`, or undefined where there is none. */
  read(path: string, input?: Data): Promise<Data | undefined>
  /** The names under `path`; none where there is nothing. */
  list(path: string): Promise<string[]>
  /** What `path` answers, as bytes while they come. Throws in the middle when the answer is cut short. */
  download(path: string): Promise<AsyncIterable<Uint8Array>>
  write(path: string, input?: Data): Promise<Answer>
  patch(path: string, input: Data): Promise<Answer>
  delete(path: string, input?: Data): Promise<Answer>
  /** Writes to a login path and gives the token it granted. */
  login(path: string, input: Data): Promise<Auth>
  /** Opens a wrapping token once and gives what was inside. */
  unwrap(wrappingToken: string): Promise<Answer>
  /** The typed client of the engine mounted at `path`: `vault.mount<typeof kv>('secret')`. */
  mount<E extends Engine>(path: string): Client<E>
  /** The same vault, asked by another. */
  as(token: TokenSource | undefined): Vault
}

export function createVault(options: VaultOptions): Vault {
  const transport = options.transport ?? transportFor(options.address)
  const request = (ask: Ask) => answered(ask, options, transport)
  return {
    address: options.address,
    request,
    read: async (path, input) => (await request({ verb: 'read', path, input })).data,
    list: async (path) => namesOf((await request({ verb: 'list', path })).data),
    download: async (path) => streamOf(await request({ verb: 'read', path, stream: true })),
    write: (path, input) => request({ verb: 'write', path, input }),
    patch: (path, input) => request({ verb: 'patch', path, input }),
    delete: (path, input) => request({ verb: 'delete', path, input }),
    login: async (path, input) => granted(await request({ verb: 'write', path, input })),
    unwrap: (token) => request({ verb: 'write', path: 'sys/wrapping/unwrap', token }),
    mount: (path) => client(async ({ verb, path: inner, input }) => (await request({ verb, path: join(path, inner), input })).data),
    as: (token) => createVault({ ...options, transport, token }),
  }
}

const join = (mount: string, inner: string) => `${mount.replace(/\/+$/, '')}/${inner}`

const namesOf = (data: Data | undefined): string[] => {
  const keys = data?.['keys']
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : []
}

function streamOf({ stream, origin, status, errors, warnings }: Answer): AsyncIterable<Uint8Array> {
  if (!stream) throw refusal({ ...origin, status, errors, warnings })
  return stream
}

function granted({ auth }: Answer): Auth {
  if (!auth) throw ClientError.notGranted()
  return auth
}

async function answered(ask: Ask, options: VaultOptions, transport: Transport): Promise<Answer> {
  const answer = await patiently(await complete(ask, options), options, transport)
  const { status, origin, errors, warnings, body } = answer
  const nothingThere = status === 404 && (ask.verb === 'read' || ask.verb === 'list')
  if ((status >= 200 && status < 300) || nothingThere || ask.accept?.includes(status)) return answer
  const raw = typeof body === 'string' ? body : undefined
  throw refusal({ ...origin, status, errors, warnings, raw, namespace: options.namespace })
}

async function complete(ask: Ask, { token, namespace, headers }: VaultOptions): Promise<Question> {
  const own = typeof token === 'function' ? await token() : token
  return { ...ask, token: ask.token ?? own, namespace, headers: { ...headers, ...ask.headers } }
}

async function patiently(question: Question, options: VaultOptions, transport: Transport): Promise<Answer> {
  const pace = { ...usualPatience, ...usualPace, ...options.retry }
  for (let attempt = 0; ; attempt++) {
    const { signal, answered } = deadline(question, options)
    const outcome = await transport({ ...question, signal }).catch((error: unknown) => new Failed(error))
    answered()
    const failure = outcome instanceof Failed ? outcome.error : undefined
    const wait = question.accept?.includes((outcome as Answer).status)
      ? undefined
      : waitBefore(failure ?? outcome, question, attempt, pace)
    if (wait === undefined) {
      if (outcome instanceof Failed) throw failure
      return outcome
    }
    await pace.sleep(wait, question.signal ?? options.signal)
  }
}

class Failed {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

/** The time for one attempt. A stream may take longer than that, once it has begun. */
function deadline({ signal, stream = false }: Question, options: VaultOptions): { readonly signal: AbortSignal | undefined; answered(): void } {
  const { timeout = 60_000 } = options
  const late = timeout > 0 && (stream ? disarmable(timeout) : { signal: AbortSignal.timeout(timeout), disarm: () => undefined })
  const signals = [signal, options.signal, late ? late.signal : undefined].filter((one) => one !== undefined)
  return { signal: signals.length ? AbortSignal.any(signals) : undefined, answered: () => late && late.disarm() }
}

function disarmable(ms: number) {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new DOMException('timed out', 'TimeoutError')), ms)
  return { signal: controller.signal, disarm: () => clearTimeout(timer) }
}
