import { status } from '@grpc/grpc-js'
import { defineErrors, type VaultError } from '@chatelaine/sdk'

interface At {
  readonly endpoint: string
}

interface Said extends At {
  readonly reason: string
}

/** How a call to etcd ends when it does not succeed. */
export const EtcdError = defineErrors('etcd', {
  /** Its connection was refused or broke. What was asked may have been done. */
  unavailable: { status: 503, text: (d: Said) => `etcd at ${d.endpoint} did not answer: ${d.reason}` },
  /** No answer in time. What was asked may have been done, or may still be. */
  silent: { status: 503, text: (d: At) => `etcd at ${d.endpoint} was silent for too long` },
  /** A member answered that it cannot do it now: there is no leader, or it has just changed. */
  notNow: { status: 503, text: (d: Said) => `etcd at ${d.endpoint} cannot now: ${d.reason}` },
  /** Nobody answered in all the time there was. What was asked may have been done. */
  noQuorum: {
    status: 503,
    text: (d: { reached: number; members: number }) =>
      `etcd cannot be reached: ${d.reached} of its ${d.members} members answer, and more than half are needed; nothing is served until they do`,
  },
  /** At the start, where somebody looks who can mend it. */
  unreached: {
    status: 503,
    text: (d: { why: string }) => `no member of etcd can be reached: ${d.why}; see whether they run, and the address and certificates in storage "etcd"`,
  },
  noSpace: {
    status: 507,
    text: () => 'etcd is out of space and takes no writes: compact and defragment it, or raise its quota, then run etcdctl alarm disarm',
  },
  tooLarge: { status: 413, text: () => "the request is larger than etcd takes (its --max-request-bytes and --max-txn-ops)" },
  compacted: { status: 503, text: () => 'etcd has compacted the revision that was asked for' },
  leaseGone: { status: 503, text: () => 'etcd does not know this lease any more' },
  unauthenticated: { status: 500, text: (d: Said) => `etcd at ${d.endpoint} does not accept who we are: ${d.reason}` },
  denied: {
    status: 500,
    text: (d: At) => `etcd at ${d.endpoint} denies this to its user: grant the role readwrite on the whole prefix ("etcd bootstrap" does)`,
  },
  /** Nothing that it says may be taken for an answer of the cluster that was asked before. */
  otherCluster: {
    status: 503,
    text: (d: At) => `etcd at ${d.endpoint} answers as another cluster than before: it was restored from a backup, or belongs to somebody else`,
  },
  failed: { status: 500, text: (d: Said) => `etcd at ${d.endpoint} refused: ${d.reason}` },
  badEndpoint: { status: 400, text: (d: At) => `"${d.endpoint}" is no address of etcd: https://HOST:PORT is expected` },
  badTls: { status: 400, text: (d: { reason: string }) => `the TLS files for etcd are not usable: ${d.reason}` },
})

/** The failures that etcd tells apart by its sentence alone (api/v3rpc/rpctypes/error.go). Nothing else here reads text. */
const sentences: readonly (readonly [string, (at: At) => VaultError])[] = [
  ['etcdserver: mvcc: database space exceeded', () => EtcdError.noSpace()],
  ['etcdserver: request is too large', () => EtcdError.tooLarge()],
  ['etcdserver: too many operations in txn request', () => EtcdError.tooLarge()],
  // gRPC's own limit lies above etcd's. It is no sign that the member is ill, so nobody else is to be asked.
  ['grpc: received message larger than max', () => EtcdError.tooLarge()],
  ['etcdserver: mvcc: required revision has been compacted', () => EtcdError.compacted()],
  ['etcdserver: requested lease not found', () => EtcdError.leaseGone()],
  // A JWT is good until anything about etcd's users changes; and no token was sent where no log-in has succeeded yet.
  ...['revision of auth store is old', 'invalid auth token', 'user name is empty'].map(
    (reason) => [`etcdserver: ${reason}`, ({ endpoint }: At) => EtcdError.unauthenticated({ endpoint, reason })] as const,
  ),
  // Of some calls of maintenance, without the status that says so.
  ['auth: permission denied', ({ endpoint }) => EtcdError.denied({ endpoint })],
]

/** etcd's own sentences begin so; what gRPC says of a connection does not. */
const spoken = 'etcdserver: '

const again: readonly number[] = [status.UNAVAILABLE, status.CANCELLED, status.RESOURCE_EXHAUSTED, status.UNKNOWN, status.INTERNAL, status.ABORTED]

/** Of what grpc-js says of a connection, the reason: without its own story around it, and without where in OpenSSL it came up. */
const plain = (details: string): string =>
  details
    .replace(/^No connection established\. Last error: (Error: )?/, '')
    .replace(/\s*(\([\d-]+T[\d:.]+Z\))?\. Resolution note: .*$/s, '')
    .replace(/^[0-9A-F]+:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):.*$/s, '$1')

/** What a gRPC status means. etcd's sentences name keys nowhere, so they may be shown. */
export function etcdErrorOf(endpoint: string, { code, details }: { readonly code: number; readonly details: string }): VaultError {
  const known = sentences.find(([sentence]) => details.includes(sentence))
  if (known) return known[1]({ endpoint })
  if (code === status.PERMISSION_DENIED) return EtcdError.denied({ endpoint })
  if (code === status.UNAUTHENTICATED) return EtcdError.unauthenticated({ endpoint, reason: details })
  if (code === status.DEADLINE_EXCEEDED) return EtcdError.silent({ endpoint })
  const reason = plain(details) || status[code] || 'no reason given'
  if (!again.includes(code)) return EtcdError.failed({ endpoint, reason })
  return reason.startsWith(spoken) ? EtcdError.notNow({ endpoint, reason }) : EtcdError.unavailable({ endpoint, reason })
}
