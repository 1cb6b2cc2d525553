import type { IncomingMessage, ServerResponse } from 'node:http'
import { VaultError, type Remote, type Request, type Response } from '@chatelaine/sdk'
import { HttpError } from '../errors.js'
import { answerOf, answerOfError, deliver, type Answer } from './answer.js'
import { mediaTypeOf, readInput } from './body.js'
import { readHead, takesBody, type Head } from './head.js'
import type { House } from './house.js'
import { sendStream } from './stream.js'
import { hasBody, receive, type Receiving } from './receive.js'

const nothing = Buffer.alloc(0)

/** Who asks. One connection's requests are worked on one at a time, so that they can share a signal. */
export interface Client {
  readonly remote: Remote | undefined
  /** Aborted when the client hangs up or the Vault takes too long; either ends the connection. */
  readonly leaving: AbortController
}

/** One request and its one answer, given by whichever comes first: the Vault, the deadline, or a fault. */
export class Exchange {
  readonly #house: House
  readonly #client: Client
  readonly #message: IncomingMessage
  readonly #res: ServerResponse
  readonly #bodied: boolean
  #head: Head | undefined
  #receiving: Receiving | undefined
  #broken: VaultError | undefined
  #answered = false

  constructor(house: House, client: Client, message: IncomingMessage, res: ServerResponse) {
    this.#house = house
    this.#client = client
    this.#message = message
    this.#res = res
    this.#bodied = hasBody(message)
  }

  /** Resolves when the answer has been handed to Node, or nobody waits for it any more. */
  async run(): Promise<void> {
    const deadline = setTimeout(expire, this.#house.limits.handleMs, this)
    try {
      const request = this.#bodied ? await this.#receive() : this.#request(nothing)
      const response = await this.#house.handle(request)
      await this.#house.turnEnd()
      if (response.stream) await this.#pour(response, response.stream, deadline)
      else this.#answer(() => answerOf(response))
    } catch (error) {
      this.#fail(error)
    } finally {
      clearTimeout(deadline)
    }
  }

  /** The rest of the body is still awaited. */
  get receiving(): boolean {
    return this.#bodied && !this.#message.complete && !this.#answered
  }

  /** The rest of the body will never come, for this reason. */
  breakOff(error: VaultError): void {
    this.#broken = error
    this.#receiving?.breakOff(error)
  }

  /** Answers for a Vault that took too long, and tells it to stop. */
  expire(): void {
    const error = HttpError.deadlineExceeded()
    this.#client.leaving.abort(error)
    this.#fail(error)
  }

  async #receive(): Promise<Request> {
    let refusal: unknown
    try {
      this.#readHead()
    } catch (error) {
      refusal = error
    }
    if (this.#broken) throw this.#broken
    const keep = this.#head !== undefined && takesBody(this.#head.verb)
    this.#receiving = receive(this.#message, this.#house.limits.bodyBytes, keep)
    const bytes = await this.#receiving.bytes
    if (refusal !== undefined) throw refusal
    return this.#request(bytes)
  }

  #readHead(): Head {
    return (this.#head ??= readHead(this.#message, this.#house.requireRequestHeader))
  }

  #request(bytes: Buffer): Request {
    const { verb, path, query, token, wrapTtl, namespace, help } = this.#readHead()
    const { headers } = this.#message
    const { jsonDepth } = this.#house.limits
    const input = takesBody(verb) ? readInput(bytes, mediaTypeOf(headers['content-type']), jsonDepth) : query
    const { leaving } = this.#client
    const remote = this.#house.remoteOf(this.#client.remote, headers['x-forwarded-for'])
    return { verb, path, input, token, wrapTtl, namespace, help, headers, remote, signal: leaving.signal }
  }

  /** The first piece decides: what fails before it is answered as anything else that fails, and the deadline is for it alone. */
  async #pour({ status, headers }: Response, stream: AsyncIterable<Uint8Array>, deadline: NodeJS.Timeout): Promise<void> {
    const source = stream[Symbol.asyncIterator]()
    const first = await source.next()
    clearTimeout(deadline)
    const answered = this.#answered
    this.#answered = true
    if (answered) return void (await source.return?.())
    const { common, closing, log } = this.#house
    try {
      await sendStream(this.#res, { status, text: undefined, headers }, { source, first, common: common(status), last: closing })
    } catch (error) {
      log({ kind: 'bug', error, ...this.#named() })
    }
  }

  #fail(error: unknown): void {
    if (this.#answered) return
    const { aborted, reason } = this.#client.leaving.signal
    if (error instanceof VaultError || !aborted) {
      if (!(error instanceof VaultError)) this.#house.log({ kind: 'bug', error, ...this.#named() })
      this.#answer(() => answerOfError(error))
    } else {
      // Work that was told to stop may fail as it likes.
      this.#answer(() => answerOfError(reason))
    }
  }

  #named() {
    return { verb: this.#head?.verb, path: this.#head?.path }
  }

  #answer(make: () => Answer): void {
    if (this.#answered) return
    const answer = make()
    const rest = this.#bodied && !this.#message.complete ? (this.#broken ? 'lost' : 'coming') : 'none'
    const { common, closing, limits } = this.#house
    const last = closing || this.#client.leaving.signal.aborted
    deliver(this.#res, answer, { common: common(answer.status), rest, last, patience: limits.bodyBytes })
    this.#answered = true
  }
}

const expire = (exchange: Exchange) => exchange.expire()
