import { EtcdError, isRefusal, numberOf, type Compare, type KeyValue, type Members, type RequestOp, type TxnRequest, type TxnResponse } from '@chatelaine/etcd'
import { StorageError } from '../errors.js'
import type { Waiting } from './batch.js'
import type { Continuity } from './continuity.js'
import { formatVersion, type Keyspace } from './keyspace.js'

export interface LaneOptions {
  readonly members: Members
  readonly space: Keyspace
  /** Names the process: made new at every start, so that no lane is ever anybody else's. */
  readonly node: string
  readonly index: number
  /** Told of every batch that was applied, before those who wait for it. */
  readonly continuity: Continuity
  /** Rejects when etcd is not the one that it was. */
  readonly confirm: () => Promise<void>
  readonly onApplied: (batch: readonly Waiting[], won: readonly (boolean | undefined)[], revision: number) => void
}

/** A second member is sent the same transaction when the first is silent for so long. */
const hedgeMs = 400

/**
 * One transaction at a time, each of which holds many commits and moves the lane's marker: from the revision the last one gave it
 * to its own. So a transaction can be applied once only, however often it is sent and however late a copy arrives; a lost answer
 * is settled by sending the very same again; and the newest marker of all lanes says how far the writers have come.
 */
export class Lane {
  readonly #options: LaneOptions
  readonly #key: string
  /** The marker's revision and number. 0 before the lane was opened. */
  #revision = 0
  #sequence = 0
  readonly counts = { batches: 0, commits: 0, settled: 0, lost: 0 }
  busy = false

  constructor(options: LaneOptions) {
    this.#options = options
    this.#key = `${options.space.lanes.from}${options.node}/${options.index}`
  }

  /** Settles or fails every commit of `batch`; gives what it failed of. */
  async send(batch: readonly Waiting[]): Promise<unknown> {
    try {
      await this.#send(batch)
      return undefined
    } catch (error) {
      if (batch.length > 1 && blamesOne(error)) return this.#sendHalves(batch)
      const known = EtcdError.noQuorum.is(error) ? StorageError.unsettled({ reason: error.message }, { cause: error }) : error
      for (const { fail } of batch) fail(known)
      return error
    }
  }

  /** A refusal of them all is the fault of one: only that one is to be told. */
  async #sendHalves(batch: readonly Waiting[]): Promise<unknown> {
    const middle = batch.length >> 1
    const first = await this.send(batch.slice(0, middle))
    return (await this.send(batch.slice(middle))) ?? first
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    if (this.#revision === 0) await this.#open()
    const mine = (this.#sequence += 1)
    this.counts.batches += 1
    this.counts.commits += batch.length
    // How often it was sent over the marker where that stands now. Of one copy the answer says all; of several one may have been applied.
    let [copies, confirmed] = [0, false]
    for (;;) {
      const asked = this.#options.members.call('KV/Txn', this.#transaction(batch, mine), { hedgeMs, onTry: () => (copies += 1) })
      const answer = await asked.catch((refusal: unknown) => this.#afterRefusal(refusal, copies))
      if (answer.succeeded) return this.#finish(batch, wonOf(batch, answer), numberOf(answer.header.revision))
      const marker = answer.responses[0]?.response_range?.kvs[0]
      if (!marker) {
        // Removed as that of a dead process, while this one slept. Before that a copy may have been applied.
        this.#revision = 0
        if (copies > 1) throw unsettled('its lane was removed while this process was suspended')
        await this.#open()
        copies = 0
        continue
      }
      const revision = numberOf(marker.mod_revision)
      if (decodeMarker(marker).sequence === mine) return this.#settle(batch, revision)
      if (revision <= this.#revision) {
        // Not for the lane's sake: the newest marker that was seen is not there. It was removed, or this is another etcd.
        if (confirmed) throw unsettled('etcd refuses it without a reason')
        await this.#options.confirm()
        confirmed = true
        continue
      }
      // An earlier transaction, whose answer nobody waits for any more, was applied after all. It can be no second time, and nor can copies of this one.
      this.#revision = revision
      copies = 0
    }
  }

  /** Of several copies one was refused: the marker tells whether another was applied, and is moved so that none will be. */
  async #afterRefusal(refusal: unknown, copies: number): Promise<TxnResponse> {
    if (copies <= 1 || !isRefusal(refusal)) throw refusal
    const { members, continuity } = this.#options
    const range = { key: this.#key }
    const fence = {
      compare: this.#guards(),
      success: [this.#mark((this.#sequence += 1))],
      failure: [{ request_range: range }],
    }
    try {
      const answer = await members.call('KV/Txn', fence, { hedgeMs })
      if (!answer.succeeded) return answer
      this.#revision = numberOf(answer.header.revision)
      continuity.note(this.#key, this.#revision)
    } catch {
      // An etcd that is out of space takes no marker, but shows the one there is.
      const found = await members.call('KV/Range', range, { hedgeMs }).catch((cause: unknown) => {
        throw unsettled('etcd refused a copy of it, and does not tell what became of another', cause)
      })
      if (numberOf(found.kvs[0]?.mod_revision) === this.#revision) throw unsettled('etcd refused a copy of it, and another copy may be under way')
      return { header: found.header, succeeded: false, responses: [{ response_range: found }] }
    }
    throw refusal
  }

  #finish(batch: readonly Waiting[], won: readonly (boolean | undefined)[], revision: number): void {
    this.#revision = revision
    this.#options.continuity.note(this.#key, revision)
    this.#options.onApplied(batch, won, revision)
    batch.forEach(({ settle, fail }, i) => {
      const outcome = won[i]
      if (outcome === undefined) return fail(unsettled('etcd has compacted or replaced what would show it'))
      if (!outcome) this.counts.lost += 1
      settle(outcome)
    })
  }

  /** The first marker alone guards itself by being absent, so it must not carry commits: a late copy would find it absent again. */
  async #open(again = false): Promise<void> {
    await this.#options.confirm()
    const { members, space: { format } } = this.#options
    const answer = await members.call('KV/Txn', {
      compare: this.#guards(),
      success: [this.#mark((this.#sequence += 1)), { request_txn: { compare: [{ target: 2, key: format, mod_revision: 0 }], success: [{ request_put: { key: format, value: Buffer.from(formatVersion) } }] } }],
      failure: [{ request_range: { key: this.#key } }],
    })
    const found = answer.responses[0]?.response_range?.kvs[0]
    if (!answer.succeeded && !found) {
      // Not for its own sake: the newest marker this node has seen is not there.
      if (again) throw EtcdError.failed({ endpoint: this.#key, reason: 'a lane could not be opened' })
      return this.#open(true)
    }
    this.#revision = numberOf(found ? found.mod_revision : answer.header.revision)
    this.#options.continuity.note(this.#key, this.#revision)
  }

  #transaction(batch: readonly Waiting[], sequence: number): TxnRequest {
    return {
      compare: this.#guards(),
      success: [this.#mark(sequence), ...batch.map(({ prepared }, i): RequestOp => ({ request_txn: this.#witnessed(prepared, i) }))],
      failure: [{ request_range: { key: this.#key } }],
    }
  }

  /** That the lane stands where it stood, in an etcd that is the one that it was. */
  #guards(): Compare[] {
    const own = { target: 2 as const, key: this.#key, mod_revision: this.#revision }
    return [own, ...this.#options.continuity.fence(this.#key)]
  }

  #mark(sequence: number): RequestOp {
    return { request_put: { key: this.#key, value: encodeMarker({ sequence, before: this.#revision }) } }
  }

  /** What only removes leaves no trace of its revision, so it leaves one beside the lane. */
  #witnessed({ txn, witness, values }: Waiting['prepared'], i: number): TxnRequest {
    if (witness !== undefined || values.size === 0) return txn
    return { ...txn, success: [...(txn.success ?? []), { request_put: { key: this.#witnessKey(i), value: new Uint8Array(0) } }] }
  }

  #witnessKey(i: number): string {
    const { space, node, index } = this.#options
    return `${space.witnesses.from}${node}/${index}/${i}`
  }

  /** An earlier copy was applied at `revision`: finds out which commits of it had won. */
  async #settle(batch: readonly Waiting[], revision: number): Promise<void> {
    this.#revision = revision
    this.counts.settled += 1
    const won = await Promise.all(batch.map(({ prepared }, i) => this.#hadWon(prepared, prepared.witness ?? this.#witnessKey(i), revision))).catch((cause: unknown) => {
      throw unsettled('etcd applied its batch, and does not tell which commits of it held', cause)
    })
    this.#finish(batch, won, revision)
  }

  /**
   * A commit had won if its witness was put at that revision; undefined when that cannot be told any more. One that writes nothing
   * has no witness and changed nothing; `true` would be a guess, so it is judged again by its own guards.
   */
  async #hadWon({ values, txn }: Waiting['prepared'], witness: string, revision: number): Promise<boolean | undefined> {
    const { members } = this.#options
    if (values.size === 0) return (await members.call('KV/Txn', txn)).succeeded
    const range = { key: witness, keys_only: true }
    const then = await members.call('KV/Range', { ...range, revision }).catch((error: unknown) => {
      if (EtcdError.compacted.is(error)) return undefined
      throw error
    })
    if (then) return then.kvs[0] !== undefined && numberOf(then.kvs[0].mod_revision) === revision
    // What is there now tells as well, unless it is newer, or was removed.
    const [now] = (await members.call('KV/Range', range)).kvs
    if (!now || numberOf(now.mod_revision) > revision) return undefined
    return numberOf(now.mod_revision) === revision
  }
}

/** Refusals for what was sent, which is the fault of one commit, rather than for how etcd is, which concerns them all. */
const blamesOne = (error: unknown): boolean => EtcdError.tooLarge.is(error) || EtcdError.denied.is(error) || EtcdError.failed.is(error)

const unsettled = (reason: string, cause?: unknown) => StorageError.unsettled({ reason }, { cause })

/** The number of the transaction that wrote it, and the revision of the marker it replaced: a chain in which a gap shows. */
export interface Marker {
  readonly sequence: number
  readonly before: number
}

const encodeMarker = ({ sequence, before }: Marker): Uint8Array => Buffer.from(`${sequence} ${before}`)

export function decodeMarker({ value }: Pick<KeyValue, 'value'>): Marker {
  const [sequence, before] = Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1').split(' ')
  return { sequence: Number(sequence), before: Number(before) }
}

const wonOf = (batch: readonly Waiting[], { responses }: TxnResponse): boolean[] =>
  batch.map((_, i) => responses[i + 1]?.response_txn?.succeeded === true)
