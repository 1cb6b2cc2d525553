import { answering, engine, path, reply, Strings, type Reply, type StorageHealth } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { CoreError } from './errors.js'
import { statusAnswers } from './status-answers.js'
import type { ServerFacts } from './sys/context.js'

export interface Status {
  readonly type: string
  readonly initialized: boolean
  readonly sealed: boolean
  readonly t: number
  readonly n: number
  readonly progress: number
  readonly nonce: string
}

/** The part of the core that also answers while there is nothing to decrypt with. */
export interface StatusContext {
  readonly server: Omit<ServerFacts, 'clusterId'>
  readonly clusterId: () => string
  readonly now: () => Date
  /** As far as it is known while storage cannot be asked. */
  status(): Promise<Status>
  /** Not so: who would initialize a vault must not be told what was so once. */
  initialized(): Promise<boolean>
  /** Since when this node has been unsealed; undefined while it is sealed. */
  readonly since: () => Date | undefined
  readonly storage: () => StorageHealth
  /** Whether other nodes may share the storage. */
  readonly clustered: boolean
  /** The type of the seal that unseals without people; undefined where shares do. */
  readonly autoSeal: string | undefined
  initialize(count: { shares: number; threshold: number }): Promise<{ keys: readonly Uint8Array[]; rootToken: string }>
  submit(key: string): Promise<Status>
  reset(): Promise<Status>
}

const codes = ['activecode', 'standbycode', 'sealedcode', 'uninitcode', 'drsecondarycode', 'performancestandbycode'] as const
const named = <N extends string, S>(names: readonly N[], schema: S) => Object.fromEntries(names.map((name) => [name, schema])) as Record<N, S>
const Overrides = T.Object({
  ...named(codes, T.Optional(T.Integer({ description: 'The status to answer with in that state: 200 to 599, and neither 204, 205 nor 304.' }))),
  standbyok: T.Optional(T.Boolean({ description: 'Accepted; no node here is a standby.' })),
  perfstandbyok: T.Optional(T.Boolean({ description: 'Accepted; no node here is a standby.' })),
})

/** `sys/init`, `seal-status`, `unseal`, `health`, `leader`: what may be asked by anybody at any time. */
export const statusEngine = (context: StatusContext) =>
  engine({
    type: 'system',
    help: 'Whether the vault is there, and open.',
    paths: answering([...initPaths(context), ...unsealPaths(context), ...healthPaths(context)], statusAnswers),
  })

const open = { unauthenticated: true } as const

const initPaths = (context: StatusContext) => [
  path('init', 'Whether the vault has been initialized.', open)
    .read({
      summary: 'Ask.',
      handle: async () => reply({ data: { initialized: await context.initialized() }, form: 'bare' }),
    })
    .write({
      summary: 'Initialize it: make the root key, its shares and the first token.',
      input: T.Object({
        secret_shares: T.Integer({ default: 0, description: 'Into how many shares the unseal key is split.' }),
        secret_threshold: T.Integer({ default: 0, description: 'How many of them unseal.' }),
        stored_shares: T.Optional(T.Integer({ description: 'Accepted.' })),
        pgp_keys: T.Optional(Strings({ description: 'Not offered.' })),
        root_token_pgp_key: T.Optional(T.String({ description: 'Not offered.' })),
        recovery_shares: T.Optional(T.Integer({ description: 'For servers that unseal themselves.' })),
        recovery_threshold: T.Optional(T.Integer({ description: 'For servers that unseal themselves.' })),
      }),
      handle: async ({ input }) => {
        if (input.pgp_keys?.length || input.root_token_pgp_key) {
          throw CoreError.invalid({ problem: 'PGP encryption of shares is not offered by this server; leave pgp_keys and root_token_pgp_key out' })
        }
        const { keys, rootToken } = await context.initialize(countOf(context, input))
        const bytes = keys.map((key) => Buffer.from(key))
        const hex = bytes.map((key) => key.toString('hex'))
        const base64 = bytes.map((key) => key.toString('base64'))
        bytes.forEach((key) => key.fill(0))
        const shown =
          context.autoSeal === undefined
            ? { keys: hex, keys_base64: base64 }
            : { keys: [], keys_base64: [], recovery_keys: hex, recovery_keys_base64: base64 }
        return reply({ data: { ...shown, root_token: rootToken }, form: 'bare' })
      },
    }),
]

interface Counts {
  readonly secret_shares: number
  readonly secret_threshold: number
  readonly recovery_shares?: number
  readonly recovery_threshold?: number
}

/** Shares that unseal, or, where a seal does that, shares for the day that seal is gone. The other pair must be left out. */
function countOf({ autoSeal }: StatusContext, asked: Counts) {
  const secret = { shares: asked.secret_shares, threshold: asked.secret_threshold }
  const recovery = { shares: asked.recovery_shares ?? 0, threshold: asked.recovery_threshold ?? 0 }
  const [meant, other, names] = autoSeal === undefined ? [secret, recovery, 'recovery'] : [recovery, secret, 'secret']
  if (other.shares !== 0 || other.threshold !== 0) {
    throw CoreError.invalid({ problem: `parameters ${names}_shares,${names}_threshold not applicable to seal type ${autoSeal ?? 'shamir'}` })
  }
  return meant
}

const unsealPaths = (context: StatusContext) => {
  const shown = async (status: Status): Promise<Reply> => reply({ data: describe(context, status), form: 'bare' })
  return [
    path('seal-status', 'Whether the vault is sealed.', open).read({
      summary: 'Ask, and how many shares have been given.',
      handle: async () => shown(await context.status()),
    }),
    path('unseal', 'Open the vault, share by share.', open).write({
      summary: 'Give one share.',
      input: T.Object({
        key: T.Optional(T.String({ description: 'A share, in hex or base64.' })),
        reset: T.Optional(T.Boolean({ description: 'Forget the shares given so far.' })),
        migrate: T.Optional(T.Boolean({ description: 'Accepted; there is nothing to migrate.' })),
      }),
      handle: async ({ input }) => {
        if (input.reset) return shown(await context.reset())
        if (!input.key) throw CoreError.invalid({ problem: "'key' must be specified in request body as JSON, or 'reset' set to true" })
        return shown(await context.submit(input.key))
      },
    }),
  ]
}

const describe = ({ server, clusterId }: StatusContext, status: Status) => ({
  type: status.type,
  initialized: status.initialized,
  sealed: status.sealed,
  t: status.t,
  n: status.n,
  progress: status.progress,
  nonce: status.nonce,
  version: server.vaultVersion,
  build_date: '2026-11-23T00:00:00Z',
  chatelaine: server.build,
  migration: false,
  recovery_seal: status.type !== 'shamir',
  recovery_seal_type: status.type === 'shamir' ? '' : 'shamir',
  storage_type: server.storageType,
  ...(!status.sealed && { cluster_name: server.clusterName, cluster_id: clusterId() }),
})

const healthPaths = (context: StatusContext) => [
  path('health', 'Whether this server can serve.', open).read({
    summary: '200 when it can; 501 before it is initialized, 503 while it is sealed or cannot reach its storage.',
    input: Overrides,
    handle: async ({ input }) => {
      const { initialized, sealed } = await context.status()
      const { state, problem } = context.storage()
      const code = (name: (typeof codes)[number], usual: number) => statusCode(input[name], usual)
      // Every override is looked at, so that a bad one is refused in any state.
      const [active, whenSealed, before] = [code('activecode', 200), code('sealedcode', 503), code('uninitcode', 501)]
      void [code('standbycode', 429), code('drsecondarycode', 472), code('performancestandbycode', 473)]
      const data = {
        initialized,
        sealed,
        // Nothing stands by here. A sealed node is not active, and Vault's clients read that in this field.
        standby: sealed,
        performance_standby: false,
        replication_performance_mode: sealed ? 'unknown' : 'disabled',
        replication_dr_mode: sealed ? 'unknown' : 'disabled',
        server_time_utc: Math.floor(context.now().getTime() / 1000),
        version: context.server.vaultVersion,
        chatelaine: context.server.build,
        ...(!sealed && { cluster_name: context.server.clusterName, cluster_id: context.clusterId() }),
        ...(state !== 'ok' && { storage: { state, problem } }),
      }
      const status = state === 'no_quorum' || state === 'rewound' ? 503 : !initialized ? before : sealed ? whenSealed : active
      return reply({ data, form: 'bare', status })
    },
  }),
  path('leader', 'Which node leads. Here every node does.', open).read({
    summary: 'Ask.',
    handle: async () => {
      const { clustered, server } = context
      const since = context.since()
      return reply({
        data: {
          ha_enabled: clustered,
          is_self: since !== undefined,
          active_time: clustered && since ? since.toISOString() : '0001-01-01T00:00:00Z',
          leader_address: since ? server.apiAddress() : '',
          leader_cluster_address: '',
          performance_standby: false,
          performance_standby_last_remote_wal: 0,
        },
        form: 'bare',
      })
    },
  }),
]

/** Only what can carry the answer: an interim status would leave the client waiting, one without a body break the framing. */
function statusCode(code: number | undefined, usual: number): number {
  if (code === undefined) return usual
  if (code < 200 || code > 599 || bodiless.includes(code)) {
    throw CoreError.invalid({ problem: 'a status code override must be from 200 to 599, and neither 204, 205 nor 304' })
  }
  return code
}

const bodiless = [204, 205, 304]
