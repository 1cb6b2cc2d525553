import { randomBytes, type Random, zero } from '@chatelaine/crypto'
import { inSlices, isShared, strict, type Clock, type Storage, type Write } from '@chatelaine/sdk'
import { readCounts } from './counts.js'
import { BarrierError } from './errors.js'
import { listUnreserved, refuseReserved, reserved } from './reserved.js'
import { foundingWrites, type Ground, refresh, reserve, rotate, setPolicy } from './rotation.js'
import { checkPolicy, defaultPolicy, type RotationPolicy } from './rotation-policy.js'
import { SealedEntry } from './sealed-entry.js'
import { Session } from './session.js'

export interface BarrierOptions {
  readonly clock: Clock
  readonly random?: Random
  /**
   * Encryptions reserved at a time: one commit for each so many, and at most so many lost when a process ends. Left out, they are as many as
   * the process has made so far, from 64 to 65536: what is lost is never more than what was done.
   */
  readonly block?: number
}

export interface KeyStatus {
  readonly term: number
  readonly installTime: Date
  /** Under this term, by all nodes, counting what other nodes have reserved as used. */
  readonly encryptions: number
}

/**
 * Storage that encrypts on the way down and checks on the way up. It trusts nothing below it: what was not written
 * here under this very key is an error that names the key, never "nothing there".
 *
 * Storage keys are not encrypted: whoever reads the storage sees them, the sizes of values and when they change.
 *
 * It opens with a root key and closes with `close`, after which everything is refused and the keys are zeros. A read
 * in flight then fails; a commit already handed down still tells whether it happened, for that is no secret.
 */
export class Barrier implements Storage {
  readonly #below: Storage
  /**
   * The same for the keyring and the counts. A record may be newer than what this node remembers of the keyring, so who looks
   * for the term of a record, or counts, must see all that has been answered.
   */
  readonly #careful: Storage
  readonly #clock: Clock
  readonly #random: Random
  readonly #block: number | undefined
  #session: Session | undefined
  #reserving: Promise<void> | undefined

  constructor(below: Storage, { clock, random = randomBytes, block }: BarrierOptions) {
    this.#below = below
    this.#careful = carefully(below)
    this.#clock = clock
    this.#random = random
    this.#block = block
  }

  get sealed(): boolean {
    return this.#session === undefined
  }

  /** What a new Vault needs in storage, in one commit with what wraps `rootKey`, before it can `open`. */
  foundingWrites(rootKey: Uint8Array, policy: RotationPolicy = defaultPolicy): Write[] {
    return foundingWrites(rootKey, policy, { clock: this.#clock, random: this.#random })
  }

  /** Takes `rootKey` over: it is zeroed at `close`, or here when this fails. */
  async open(rootKey: Uint8Array): Promise<void> {
    try {
      const entry = await this.#careful.get(reserved.keyring)
      if (!entry) throw BarrierError.notInitialized()
      const session = new Session(rootKey, entry, this.#random)
      this.close()
      this.#session = session
    } catch (error) {
      zero(rootKey)
      throw error
    }
  }

  /** Seals. May be called at any time, and again. */
  close(): void {
    this.#session?.close()
    this.#session = undefined
    this.#reserving = undefined
  }

  get: Storage['get'] = async (key) => {
    const session = this.#open()
    refuseReserved(key)
    const entry = await this.#below.get(key)
    if (session.closed) throw BarrierError.sealed()
    if (entry && session.lacksTermOf(entry.value)) await refresh({ below: this.#careful, session })
    if (!entry || entry.value.length <= large) return entry && new SealedEntry(key, entry, session)
    return new SealedEntry(key, entry, session, await inSlices(session.decrypting(key, entry.value)))
  }

  list: Storage['list'] = async (prefix, page) => {
    const session = this.#open()
    const names = await listUnreserved(this.#below, prefix, page)
    if (session.closed) throw BarrierError.sealed()
    return names
  }

  commit: Storage['commit'] = async (writes, guards = []) => {
    const session = this.#open()
    writes.forEach((write) => refuseReserved('remove' in write ? write.remove : write.put))
    guards.forEach((guard) => refuseReserved(guard.key))
    const count = writes.filter((write) => 'put' in write).length
    let mine = writes
    if (!session.take(count)) {
      // The caller may go on using his arrays while we wait.
      mine = writes.map(copyOf)
      do await this.#reserve(session, count)
      while (!session.take(count))
    }
    // Nothing is awaited since `take`, so the term that was counted is the term that encrypts.
    const sealed = mine.map((write) => sealedBy(session, write))
    const waiting = sealed.some((write) => write instanceof Promise)
    return this.#below.commit(waiting ? await Promise.all(sealed) : (sealed as Write[]), guards)
  }

  /** Follows a keyring that another node changed; says whether it had. To be called when its revision moved. */
  async refresh(): Promise<boolean> {
    return refresh(this.#ground())
  }

  /** Takes a new term: from here on records are written under a new key. */
  async rotate(): Promise<void> {
    await rotate(this.#ground())
  }

  /**
   * Rotates if the interval has passed; says whether it did. The limit of operations needs no asking. `below` is another way to
   * the same storage, for who may write only under a condition.
   */
  async rotateIfDue(below: Storage = this.#careful): Promise<boolean> {
    const ground = { ...this.#ground(), below }
    await refresh(ground)
    const { active, policy } = ground.session.keyring
    const age = this.#clock.now().getTime() - active.installed.getTime()
    if (!policy.enabled || policy.interval === 0 || age < policy.interval) return false
    await rotate(ground, active.number)
    return true
  }

  async rotationPolicy(): Promise<RotationPolicy> {
    const ground = this.#ground()
    await refresh(ground)
    return ground.session.keyring.policy
  }

  async setRotationPolicy(policy: RotationPolicy): Promise<void> {
    checkPolicy(policy)
    await setPolicy(this.#ground(), policy)
  }

  async keyStatus(): Promise<KeyStatus> {
    const ground = this.#ground()
    await refresh(ground)
    const counts = await readCounts(ground.below, ground.session)
    const { active } = ground.session.keyring
    return {
      term: active.number,
      installTime: active.installed,
      encryptions: Math.max(0, counts.reserved - ground.session.left),
    }
  }

  #open(): Session {
    if (!this.#session) throw BarrierError.sealed()
    return this.#session
  }

  #ground(): Ground {
    return {
      below: this.#careful,
      session: this.#open(),
      clock: this.#clock,
      random: this.#random,
      block: this.#block ?? Math.min(largestBlock, Math.max(smallestBlock, this.#open().used)),
    }
  }

  /** One reservation at a time: a hundred waiting commits need one block, not a hundred. */
  #reserve(session: Session, count: number): Promise<void> {
    if (session.closed) throw BarrierError.sealed()
    this.#reserving ??= reserve(this.#ground(), count).finally(() => (this.#reserving = undefined))
    return this.#reserving
  }
}

/** Values of more bytes are encrypted and decrypted in pieces. */
const large = 262_144

function sealedBy(session: Session, write: Write): Write | Promise<Write> {
  if ('remove' in write) return write
  if (write.value.length <= large) return { put: write.put, value: session.encrypt(write.put, write.value) }
  // What was passed is what counts, whatever its owner does with the bytes while this goes on.
  const work = session.encrypting(write.put, write.value.slice())
  return inSlices(work).then((value) => ({ put: write.put, value }))
}

const [smallestBlock, largestBlock] = [64, 2 ** 16]

const carefully = (storage: Storage): Storage => (isShared(storage) ? strict(storage) : storage)

const copyOf = (write: Write): Write =>
  'remove' in write ? write : { put: write.put, value: write.value.slice() }
