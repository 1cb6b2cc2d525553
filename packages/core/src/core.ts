import { Barrier, BarrierError, parseShare, Sealing, type Seal } from '@chatelaine/barrier'
import { uuid, zero } from '@chatelaine/crypto'
import {
  decodeRecord, encodeRecord, records, RequestError, router, run, untilCommitted, verbs,
  type AuditType, type Clock, type Engine, type Request, type Response, type Storage,
} from '@chatelaine/sdk'
import { startCaretaker } from './caretaker.js'
import { handle } from './handle.js'
import type { Log } from './log.js'
import { toResponse } from './response.js'
import { statusEngine, type Status } from './status.js'
import type { ServerFacts } from './sys/context.js'
import type { Ttls } from './mounts/table.js'
import { sweep } from './tokens/sweep.js'
import { openVault, type Parts, type Vault } from './vault.js'

export interface CoreOptions {
  /** What everything is kept in. It sees ciphertext only. */
  readonly storage: Storage
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
}

export interface Initialized {
  readonly keys: readonly Uint8Array[]
  readonly rootToken: string
}

/** What stands open: the vault, and how to stop what runs beside requests. */
interface Unsealed {
  readonly vault: Vault
  readonly clusterId: string
  stop(): Promise<void>
}

/**
 * The server without its doors: one state, one way in. While sealed there is no vault object at all, so nothing can forget
 * to ask. Changes of state take turns; requests do not wait for them.
 */
export class Core {
  readonly #options: CoreOptions
  readonly #barrier: Barrier
  readonly #sealing: Sealing
  readonly #status: Engine
  readonly #statusRoutes: ReturnType<typeof router>
  #open: Unsealed | undefined
  #turn: Promise<unknown> = Promise.resolve()
  /** A request asked to seal. It is done once that request has been written down, and before it is answered. */
  #sealAsked = false

  constructor(options: CoreOptions) {
    this.#options = options
    this.#barrier = new Barrier(options.storage, { clock: options.clock })
    this.#sealing = new Sealing(options.storage, this.#barrier, options.seal ? { type: options.seal.type } : {})
    this.#status = statusEngine({
      server: options.server,
      clusterId: () => this.#open?.clusterId ?? '',
      now: () => options.clock.now(),
      status: () => this.status(),
      autoSeal: options.seal?.type,
      initialize: (count) => this.initialize(count),
      submit: (key) => this.submit(parseShare(key)),
      reset: () => this.#sealing.reset(),
    })
    this.#statusRoutes = router(this.#status)
  }

  /** Serves one request. What only tells the state is answered in every state; for all else a sealed vault says 503. */
  readonly handle = async (request: Request): Promise<Response> => {
    // A door's types are no promise, and every object has a "constructor".
    if (!verbs.includes(request.verb)) throw RequestError.unsupportedOperation()
    if (request.path.startsWith('sys/') && !request.help && this.#isStatus(request)) return this.#answerStatus(request)
    const open = this.#open
    if (!open) throw BarrierError.sealed()
    try {
      return await handle(open.vault, request)
    } catch (error) {
      // What fails because the ground went away under it fails in many ways; to the caller it is one.
      throw this.#open === open ? error : BarrierError.sealed(undefined, { cause: error })
    } finally {
      if (this.#sealAsked && request.path === 'sys/seal') await this.seal()
    }
  }

  /** Unsealed is what serves requests: the barrier opens a moment earlier and closes a moment later. */
  async status(): Promise<Status> {
    const status = await this.#sealing.status()
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
      const { sealed } = await this.#sealing.submit(share).finally(() => zero(share))
      if (!sealed && !this.#open) await this.#enter()
      return this.status()
    })
  }

  /** Opens with the seal this server was given. False when the vault has not been initialized. */
  unseal(): Promise<boolean> {
    return this.#next(async () => {
      const { seal } = this.#options
      if (!seal || !(await this.#sealing.initialized())) return false
      if (this.#open) return true
      await this.#sealing.unsealWith(seal)
      await this.#enter()
      return true
    })
  }

  /** Throws the keys away. Requests in flight fail with 503. */
  seal(): Promise<void> {
    return this.#next(() => this.#leave())
  }

  /** Reopens what log rotation moved away. */
  async reload(): Promise<void> {
    await this.#open?.vault.audit.reload()
  }

  #isStatus({ path }: Request): boolean {
    return this.#statusRoutes.matching(path.slice('sys/'.length)).length > 0
  }

  async #answerStatus(request: Request): Promise<Response> {
    const found = this.#statusRoutes.find(request.verb, request.path.slice('sys/'.length))
    const mount = { path: 'sys/', accessor: '', options: {}, ...this.#options.ttls }
    const { storage, clock } = this.#options
    const given = await run(found, { input: request.input, storage, records: records(storage), clock, mount, caller: undefined })
    return toResponse(uuid(), request.verb, given)
  }

  async #enter(): Promise<void> {
    try {
      this.#open = await this.#assemble()
    } catch (error) {
      await this.#sealing.seal()
      throw error
    }
    this.#options.log('vault is unsealed')
  }

  async #assemble(): Promise<Unsealed> {
    const clusterId = await this.#clusterId()
    const keys = {
      clusterId,
      seal: async () => void (this.#sealAsked = true),
      rotate: () => this.#barrier.rotate(),
      status: () => this.#barrier.keyStatus(),
    }
    const parts: Parts = { ...this.#options, statusPaths: this.#status.paths }
    const vault = await openVault(this.#barrier, parts, keys)
    const { log, caretakerMs = 1000 } = this.#options
    const report = (chore: string, error: unknown) => log('a chore failed', { chore, error })
    const stop = startCaretaker(
      [
        { name: 'expire', run: (signal) => sweep(vault.tokens, vault.forget, (error) => report('expire', error), signal) },
        { name: 'rotate', run: async () => void (await this.#barrier.rotateIfDue()) },
      ],
      caretakerMs,
      report,
    )
    return { vault, clusterId, stop }
  }

  /** State first, so that new requests are refused; then the keys, so that running ones are; then what held plaintext. */
  async #leave(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    this.#sealAsked = false
    const closed = this.#sealing.seal()
    await open?.stop()
    await open?.vault.close()
    await closed
    if (open) this.#options.log('vault is sealed')
  }

  async #clusterId(): Promise<string> {
    const key = 'core/cluster'
    return untilCommitted(async () => {
      const found = await this.#barrier.get(key)
      if (found) return decodeRecord<{ id: string }>(found.value).id
      const id = uuid()
      return (await this.#barrier.commit([{ put: key, value: encodeRecord({ id }) }], [{ key, revision: 0n }])) && id
    })
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
