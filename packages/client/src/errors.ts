import { defineErrors, type VaultError } from '@chatelaine/sdk'

/** What the server answered when it refused. `errors` are its own sentences. */
export interface Refusal {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly errors: readonly string[]
  /** Advice that came with the refusal: a wrong path of a versioned mount says so here. */
  readonly warnings?: readonly string[] | undefined
  /** The answer as it came, where it was not Vault's JSON. */
  readonly raw?: string | undefined
  readonly namespace?: string | undefined
}

/** Why no answer came. `code` is the system's word for it, as in ECONNREFUSED. */
export interface Silence {
  readonly url: string
  readonly code: string
}

const refused = (status: number) => ({
  status,
  text: (d: Refusal) => `${d.status} from ${d.method} ${d.url}: ${d.errors.join('; ') || 'no reason given'}`,
})
const silent = (why: string) => ({ status: 502, text: (d: Silence) => `${why}: ${d.url} (${d.code})` })

/** Every way a request can fail, seen from the side that asked. */
export const ClientError = defineErrors('client', {
  invalid: refused(400),
  denied: refused(403),
  notFound: refused(404),
  unsupported: refused(405),
  stale: refused(412),
  limited: refused(429),
  sealed: refused(503),
  failed: refused(500),

  unreachable: silent('nobody answers'),
  broken: silent('the connection was lost'),
  untrusted: silent('the server is not who it should be'),
  notTls: silent('the server does not speak TLS'),
  timeout: { status: 504, text: (d: { url: string }) => `no answer in time from ${d.url}` },
  badRedirect: { status: 502, text: (d: { url: string }) => `refused to follow a redirect from ${d.url}` },
  badAddress: { status: 400, text: (d: { address: string }) => `cannot use the address "${d.address}"` },
  badPath: { status: 400, text: () => 'a path may not hold "." or ".." segments' },
  needsTransport: { status: 400, text: (d: { scheme: string }) => `an address of "${d.scheme}" needs a transport` },
  notGranted: { status: 502, text: () => 'the answer holds no token' },
})

type Row = keyof typeof ClientError
const byStatus: Readonly<Record<number, Row>> = {
  400: 'invalid', 403: 'denied', 404: 'notFound', 405: 'unsupported', 412: 'stale', 429: 'limited', 503: 'sealed',
}
const answers: readonly Row[] = [...Object.values(byStatus), 'failed']

export function refusal(details: Refusal): VaultError {
  const row = (byStatus[details.status] ?? 'failed') as 'failed'
  return ClientError[row](details)
}

/** Whether the server answered and refused, whatever the status. */
export const isRefusal = (error: unknown): error is VaultError & { readonly details: Refusal } =>
  answers.some((row) => ClientError[row].is(error))
