import { EtcdError, numberOf, type KeyValue, type Members, type RequestOp, type TxnRequest, type TxnResponse } from '@chatelaine/etcd'
import { StorageError } from '../errors.js'
import type { Waiting } from './batch.js'
import { formatVersion, type Keyspace } from './keyspace.js'

export interface LaneOptions {
  readonly members: Members
  readonly space: Keyspace
  /** Names the process: made new at every start, so that no lane is ever anybody else's. */
  readonly node: string
  readonly index: number
  /** Told of every batch that was applied, before those who wait for it. */
  readonly onApplied: (batch: readonly Waiting[], won: readonly boolean[], revision: number) => void
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
      const known = EtcdError.noQuorum.is(error) ? StorageError.unsettled({ reason: error.message }, { cause: error }) : error
      for (const { fail } of batch) fail(known)
      return error
    }
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    if (this.#revision === 0) await this.#open()
    this.#sequence += 1
    this.counts.batches += 1
    this.counts.commits += batch.length
    for (;;) {
      const answer = await this.#options.members.call('KV/Txn', this.#transaction(batch), { hedgeMs })
      if (answer.succeeded) return this.#finish(batch, wonOf(batch, answer), numberOf(answer.header.revision))
      const marker = answer.responses[0]?.response_range?.kvs[0]
      if (!marker) {
        // Removed as that of a dead process. The remover saw it unmoved for long, so no copy of ours was applied, nor can one be now.
        this.#revision = 0
        await this.#open()
        continue
      }
      const revision = numberOf(marker.mod_revision)
      if (decodeMarker(marker).sequence === this.#sequence) {
        this.counts.settled += 1
        return this.#finish(batch, await this.#settled(batch, revision), revision)
      }
      // An earlier transaction, whose answer nobody waits for any more, was applied after all. It can be no second time.
      if (revision === this.#revision) throw EtcdError.failed({ endpoint: this.#key, reason: 'a lane that did not move refused a transaction' })
      this.#revision = revision
    }
  }

  #finish(batch: readonly Waiting[], won: readonly boolean[], revision: number): void {
    this.#revision = revision
    this.#options.onApplied(batch, won, revision)
    batch.forEach(({ settle }, i) => {
      if (!won[i]) this.counts.lost += 1
      settle(won[i] === true)
    })
  }

  /** The first marker alone guards itself by being absent, so it must not carry commits: a late copy would find it absent again. */
  async #open(): Promise<void> {
    const { members, space: { format } } = this.#options
    const answer = await members.call('KV/Txn', {
      compare: [{ target: 2, key: this.#key, mod_revision: 0 }],
      success: [this.#mark(), { request_txn: { compare: [{ target: 2, key: format, mod_revision: 0 }], success: [{ request_put: { key: format, value: Buffer.from(formatVersion) } }] } }],
      failure: [{ request_range: { key: this.#key } }],
    })
    const found = answer.responses[0]?.response_range?.kvs[0]
    this.#revision = answer.succeeded ? numberOf(answer.header.revision) : found ? numberOf(found.mod_revision) : 0
    if (this.#revision === 0) throw EtcdError.failed({ endpoint: this.#key, reason: 'a lane could not be opened' })
  }

  #transaction(batch: readonly Waiting[]): TxnRequest {
    return {
      compare: [{ target: 2, key: this.#key, mod_revision: this.#revision }],
      success: [this.#mark(), ...batch.map(({ prepared }, i): RequestOp => ({ request_txn: this.#witnessed(prepared, i) }))],
      failure: [{ request_range: { key: this.#key } }],
    }
  }

  #mark(): RequestOp {
    return { request_put: { key: this.#key, value: encodeMarker({ sequence: this.#sequence, before: this.#revision }) } }
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

  /**
   * Which commits of a batch that was applied at `revision` had won: those whose witness was put then. One that writes nothing
   * has no witness and changed nothing; `true` would be a guess, so it is judged again by its own guards.
   */
  #settled(batch: readonly Waiting[], revision: number): Promise<boolean[]> {
    const { members } = this.#options
    return Promise.all(
      batch.map(async ({ prepared: { witness, values, txn } }, i) => {
        if (values.size === 0) return (await members.call('KV/Txn', txn)).succeeded
        const key = witness ?? this.#witnessKey(i)
        const { kvs } = await members.call('KV/Range', { key, revision, keys_only: true })
        return kvs[0] !== undefined && numberOf(kvs[0].mod_revision) === revision
      }),
    )
  }
}

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
