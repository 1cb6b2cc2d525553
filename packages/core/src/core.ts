import { Barrier, BarrierError, parseShare, Sealing, type Seal } from '@chatelaine/barrier'
import { uuid, zero } from '@chatelaine/crypto'
import {
  accept, isShared, records, RequestError, router, run, verbs,
  type Admit, type AuditType, type Clock, type Engine, type Measure, type OpenStorage, type Request, type Response, type SharedStorage,
} from '@chatelaine/sdk'
import { othersSealed } from './await-sealed.js'
import type { ChoreCounts } from './caretaker.js'
import { admit } from './access.js'
import { handle, isRootNamespace } from './handle.js'
import { CoreError } from './errors.js'
import { HeldLeases } from './held-leases.js'
import { lastKnown } from './last-known.js'
import type { Log } from './log.js'
import { measuresOf } from './measures.js'
import { Presence } from './presence.js'
import { recorded } from './recorded.js'
import { toResponse } from './response.js'
import { SealOrders } from './seal-orders.js'
import { statusEngine, type Status } from './status.js'
import type { Exposition, SealedNodes, ServerFacts } from './sys/context.js'
import type { Ttls } from './mounts/table.js'
import { openUnsealed, type Unsealed } from './unsealed.js'

export interface CoreOptions {
  /** What everything is kept in. It sees ciphertext only. A `SharedStorage` has other nodes beside this one. */
  readonly storage: OpenStorage
  readonly engines: readonly Engine[]
  readonly methods: readonly Engine[]
  readonly auditTypes: readonly AuditType[]
  readonly clock: Clock
  readonly log: Log
  readonly ttls: Ttls
  readonly server: Omit<ServerFacts, 'clusterId'>
  /** Unseals without people. */
  readonly seal?: Seal | undefined
  /** How often due tokens are looked for; 1 s. */
  readonly caretakerMs?: number
  /** How often a node looks what others did to keyring and seal; 0.5 s. */
  readonly followMs?: number
  /** How long a node that stepped down is not the caretaker; 10 s. */
  readonly restMs?: number
  /** How long sealing every node waits for the others to say that they are; 5 s. */
  readonly sealAllMs?: number
  /** What `sys/storage/snapshot` answers: all that is stored, as the server writes it down. */
  readonly snapshot?: (() => AsyncIterable<Uint8Array>) | undefined
  /** What an engine is put through before it serves: tests judge its answers so. */
  readonly judge?: ((engine: Engine) => Engine) | undefined
  /** How `sys/metrics` is written for Prometheus. */
  readonly exposition?: Exposition | undefined
}

export interface Initialized {
  readonly keys: readonly Uint8Array[]
  readonly rootToken: string
}

/** What a sealed vault is asked for and is already: it has no keys, and does nobody's work. */
const soAlready = ['sys/seal', 'sys/step-down']

/** How long who asks for the state waits for a storage that may not be there. */
const statusMs = 1500

/**
 * The server without its doors: one state, one way in. While sealed there is no vault object at all, so nothing can forget
 * to ask. Changes of state take turns; requests do not wait for them.
 */
export class Core {
  readonly #options: CoreOptions
  readonly #shared: SharedStorage | undefined
  readonly #orders: SealOrders | undefined
  readonly #leases: HeldLeases
  readonly #chores: ChoreCounts = new Map()
  readonly #known: () => Promise<Status>
  readonly #barrier: Barrier
  readonly #sealing: Sealing
  readonly #status: Engine
  readonly #statusRoutes: ReturnType<typeof router>
  #presence: Presence | undefined
  #open: Unsealed | undefined
  #wasOpen = false
  #turn: Promise<unknown> = Promise.resolve()
  /** A request asked to seal. It is done once that request has been written down, and before it is answered. */
  #sealAsked = false

  constructor(options: CoreOptions) {
    const { storage, clock, log } = options
    this.#options = options
    this.#shared = isShared(storage) ? storage : undefined
    this.#orders = this.#shared && new SealOrders(this.#shared)
    this.#leases = new HeldLeases(storage, clock, log)
    this.#barrier = new Barrier(storage, { clock })
    this.#sealing = new Sealing(storage, this.#barrier, options.seal ? { type: options.seal.type } : {})
    const ask = () => this.#sealing.status()
    const hopeless = () => ['no_quorum', 'rewound'].includes(storage.health().state)
    this.#known = this.#shared ? lastKnown({ ask, patienceMs: statusMs, hopeless }) : ask
    this.#status = statusEngine({
      server: options.server,
      clusterId: () => this.#open?.clusterId ?? '',
      now: () => options.clock.now(),
      status: () => this.status(),
      since: () => this.#open?.since,
      initialized: () => this.#sealing.initialized(),
      storage: () => storage.health(),
      clustered: this.#shared !== undefined,
      autoSeal: options.seal?.type,
      initialize: (count) => this.initialize(count),
      submit: (key) => this.submit(parseShare(key)),
      reset: () => this.#sealing.reset(),
    })
    this.#statusRoutes = router(options.judge?.(this.#status) ?? this.#status)
  }

  /** Serves one request. What only tells the state is answered in every state; for all else a sealed vault says 503. */
  readonly handle = async (request: Request): Promise<Response> => {
    // A door's types are no promise, and every object has a "constructor".
    if (!verbs.includes(request.verb)) throw RequestError.unsupportedOperation()
    if (request.path.startsWith('sys/') && !request.help && this.#isStatus(request)) return this.#answerStatus(request)
    const open = this.#open
    if (!open && request.verb === 'write' && soAlready.includes(request.path)) return { requestId: uuid(), status: 204 }
    if (!open) throw BarrierError.sealed()
    try {
      // Everything below reads memory. Here it learns, once, what any node was answered before this request began.
      if (this.#shared) await this.#shared.catchUp()
      return await handle(open.vault, request)
    } catch (error) {
      // What fails because the ground went away under it fails in many ways; to the caller it is one.
      throw this.#open === open ? error : BarrierError.sealed(undefined, { cause: error })
    } finally {
      if (this.#sealAsked && request.path === 'sys/seal') await this.seal()
    }
  }

  /** Asked by a door before it reads a body that is not small, or that nobody answers for. What cannot be told is not let in. */
  readonly admit: Admit = async (request) => {
    if (request.path.startsWith('sys/') && this.#isStatus(request)) return 'little'
    const open = this.#open
    if (!open || !isRootNamespace(request.namespace)) return 'nothing'
    try {
      if (this.#shared) await this.#shared.catchUp()
      return await admit(open.vault, request)
    } catch {
      return 'nothing'
    }
  }

  /**
   * Unsealed is what serves requests: the barrier opens a moment earlier and closes a moment later. Where storage cannot be asked
   * in time, all but that is what was known last.
   */
  async status(): Promise<Status> {
    const status = await this.#known()
    return { ...status, sealed: !this.#open }
  }

  /**
   * Founds the vault and hands out, once, what opens it: the shares, and a root token (`rootToken` chooses it, for development).
   * Afterwards it is sealed, unless it unseals itself.
   */
  initialize({ shares, threshold, rootToken }: { shares: number; threshold: number; rootToken?: string }): Promise<Initialized> {
    return this.#next(async () => {
      const { seal } = this.#options
      const how = seal
        ? { seal, recoveryShares: shares, recoveryThreshold: threshold }
        : { secretShares: shares, secretThreshold: threshold }
      await this.#begin()
      const made = await this.#sealing.initialize(how)
      await this.#enter()
      try {
        return { keys: made.shares, rootToken: await this.#rootToken(rootToken) }
      } finally {
        if (!seal) await this.#leave()
      }
    })
  }

  /** Takes one share; with the last one needed the vault opens before this resolves. The share is zeroed. */
  submit(share: Uint8Array): Promise<Status> {
    return this.#next(async () => {
      try {
        await this.#begin()
        const { sealed } = await this.#sealing.submit(share)
        if (!sealed && !this.#open) await this.#enter()
        return await this.status()
      } finally {
        zero(share)
      }
    })
  }

  /**
   * As `unseal`, for who waits until another node has founded the vault: true also when it was open before, so that one which
   * somebody has sealed since is left alone.
   */
  async unsealFirst(): Promise<boolean> {
    return this.#wasOpen || this.unseal()
  }

  /** Opens with the seal this server was given. False when the vault has not been initialized. */
  unseal(): Promise<boolean> {
    return this.#next(async () => {
      const { seal } = this.#options
      if (!seal || !(await this.#sealing.initialized())) return false
      if (this.#open) return true
      await this.#begin()
      await this.#sealing.unsealWith(seal)
      await this.#enter()
      return true
    })
  }

  /** Throws the keys away. Requests in flight fail with 503. */
  seal(): Promise<void> {
    return this.#next(() => this.#leave())
  }

  /** Tells the other nodes of this one, now that it can be reached, and from now on whatever becomes of it. */
  join(): void {
    if (!this.#shared || this.#presence) return
    const { server, log } = this.#options
    const facts = () => ({ name: server.nodeName(), apiAddress: server.apiAddress(), version: server.build, sealed: !this.#open })
    this.#presence = new Presence(this.#shared.cluster, facts, log)
    this.#announce()
    // So that the state is known on the day storage is not.
    this.#known().catch(() => undefined)
  }

  /** Seals, and says no more of it: whoever shares the storage sees this node gone when the storage is closed. */
  async close(): Promise<void> {
    this.#presence?.close()
    await this.seal()
  }

  /** Figures about storage, this node and its work. */
  measures(): Promise<readonly Measure[]> {
    return measuresOf({
      storage: this.#options.storage,
      chores: this.#chores,
      open: this.#open,
      leasesHeld: async () => (await this.#leases.since()) !== undefined,
    })
  }

  /** Reopens what log rotation moved away. */
  async reload(): Promise<void> {
    await this.#open?.vault.audit.reload()
  }

  #isStatus({ path }: Pick<Request, 'path'>): boolean {
    return this.#statusRoutes.matching(path.slice('sys/'.length)).length > 0
  }

  async #answerStatus(request: Request): Promise<Response> {
    const found = this.#statusRoutes.find(request.verb, request.path.slice('sys/'.length))
    if (request.unread) throw CoreError.unread()
    const mount = { path: 'sys/', accessor: '', options: {}, ...this.#options.ttls }
    const { storage, clock } = this.#options
    const requestId = uuid()
    const answer = async () => {
      const given = await run(found, { input: accept(found, request.input), storage, records: records(storage), clock, mount, caller: undefined })
      return toResponse(requestId, request.verb, given)
    }
    const open = this.#open
    return open ? recorded(open.vault.audit, { requestId, request }, answer) : answer()
  }

  async #enter(): Promise<void> {
    try {
      this.#open = await this.#assemble()
      this.#wasOpen = true
    } catch (error) {
      await this.#sealing.seal()
      throw error
    }
    this.#announce()
    this.#options.log('vault is unsealed')
  }

  #assemble(): Promise<Unsealed> {
    const { caretakerMs = 1000, followMs = 500, restMs, ...options } = this.#options
    const caretaker = (): Unsealed['caretaker'] | undefined => this.#open?.caretaker
    return openUnsealed({
      barrier: this.#barrier,
      parts: { ...options, statusPaths: this.#status.paths },
      shared: this.#shared,
      orders: this.#orders,
      leases: this.#leases,
      chores: this.#chores,
      pace: { caretakerMs, followMs, restMs },
      keys: {
        seal: async () => void (this.#sealAsked = true),
        sealAll: () => this.#sealAll(),
        rotate: () => this.#barrier.rotate(),
        status: () => this.#barrier.keyStatus(),
      },
      node: {
        nodes: this.#shared && (() => this.#shared?.cluster.nodes() ?? Promise.resolve([])),
        stepDown: async () => caretaker()?.stepDown(),
        leasesHeld: () => this.#leases.since(),
        releaseLeases: () => this.#leases.release(),
        measures: () => this.measures(),
        exposition: options.exposition,
      },
      sealSoon: () => this.#sealSoon(),
    })
  }

  /** State first, so that new requests are refused; then the keys, so that running ones are; then what held plaintext. */
  async #leave(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    this.#sealAsked = false
    const closed = this.#sealing.seal()
    if (open) this.#announce()
    await open?.stop()
    await open?.vault.close()
    await closed
    if (open) this.#options.log('vault is sealed')
  }

  /** Not waited for: who asks for it is himself waited for by the sealing. What stands open by then may be another vault. */
  #sealSoon(): void {
    const open = this.#open
    const done = this.#next(async () => void (open && this.#open === open && (await this.#leave())))
    done.catch((error: unknown) => this.#options.log('this node was ordered to seal itself, and something would not close', { error }))
  }

  /** This node seals itself as for `seal`, once the answer is written down; also when the order could not be given for certain. */
  async #sealAll(): Promise<SealedNodes> {
    const { server, clock, sealAllMs = 5000 } = this.#options
    this.#sealAsked = true
    const self = server.nodeName()
    if (!this.#shared) return { sealed: [self], unconfirmed: [] }
    await this.#orders?.give(clock.now())
    const { sealed, unconfirmed } = await othersSealed(this.#shared.cluster, sealAllMs)
    return { sealed: [self, ...sealed], unconfirmed }
  }

  async #begin(): Promise<void> {
    if (!this.#open) await this.#orders?.begin()
  }

  #announce(): void {
    void this.#presence?.say()
  }

  async #rootToken(id: string | undefined): Promise<string> {
    const tokens = this.#open?.vault.tokens
    if (!tokens) throw BarrierError.sealed()
    const token = await tokens.create(
      {
        ...(id !== undefined && { id }),
        policies: ['root'], path: 'auth/token/root', meta: null, displayName: 'root', numUses: 0,
        creationTime: tokens.now(), creationTtl: 0, explicitMaxTtl: 0, period: 0, maxTtl: 0, renewable: false,
        orphan: true, parent: '', role: '', entityId: '', expireTime: 0,
      },
      undefined,
    )
    if (!token) throw BarrierError.alreadyInitialized()
    return token.entry.id
  }

  #next<T>(change: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(change)
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}
