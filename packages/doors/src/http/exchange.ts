import type { IncomingMessage, ServerResponse } from 'node:http'
import { VaultError, type Remote, type Request } from '@chatelaine/sdk'
import { HttpError } from '../errors.js'
import { answerOf, answerOfError, deliver, type Answer } from './answer.js'
import { mediaTypeOf, readInput } from './body.js'
import { readHead, takesBody, type Head } from './head.js'
import type { House } from './house.js'
import { hasBody, receive, type Receiving } from './receive.js'

const nothing = Buffer.alloc(0)

/** One request and its one answer, given by whichever comes first: the Vault, the deadline, or a fault. */
export class Exchange {
  readonly #house: House
  readonly #message: IncomingMessage
  readonly #res: ServerResponse
  readonly #bodied: boolean
  #head: Head | undefined
  #receiving: Receiving | undefined
  #broken: VaultError | undefined
  #answered = false
  #gone = false
  #controller: AbortController | undefined

  constructor(house: House, message: IncomingMessage, res: ServerResponse) {
    this.#house = house
    this.#message = message
    this.#res = res
    this.#bodied = hasBody(message)
  }

  /** Resolves when the answer has been handed to Node, or nobody waits for it any more. */
  async run(remote: Remote | undefined): Promise<void> {
    const deadline = setTimeout(expire, this.#house.limits.handleMs, this)
    try {
      const response = await this.#house.handle(this.#bodied ? await this.#receive(remote) : this.#request(nothing, remote))
      this.#answer(() => answerOf(response))
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

  /** The client hung up. It may still be reading, so an answer that comes in spite of the signal is written. */
  leave(): void {
    this.#gone = true
    this.#controller?.abort(HttpError.clientGone())
  }

  /** Answers for a Vault that took too long, and tells it to stop. */
  expire(): void {
    const error = HttpError.deadlineExceeded()
    this.#controller?.abort(error)
    this.#fail(error)
  }

  async #receive(remote: Remote | undefined): Promise<Request> {
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
    return this.#request(bytes, remote)
  }

  #readHead(): Head {
    return (this.#head ??= readHead(this.#message, this.#house.requireRequestHeader))
  }

  #request(bytes: Buffer, remote: Remote | undefined): Request {
    const { verb, path, query, token, wrapTtl, namespace, help } = this.#readHead()
    const { headers } = this.#message
    const { jsonDepth } = this.#house.limits
    const input = takesBody(verb) ? readInput(bytes, mediaTypeOf(headers['content-type']), jsonDepth) : query
    const signal = () => this.#signal()
    return {
      verb,
      path,
      input,
      token,
      wrapTtl,
      namespace,
      help,
      headers,
      remote,
      // Made when asked for: on Node 20 a signal costs more than all the rest of this object.
      get signal() {
        return signal()
      },
    }
  }

  #signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#gone) this.#controller.abort(HttpError.clientGone())
    }
    return this.#controller.signal
  }

  #fail(error: unknown): void {
    if (this.#answered) return
    const known = error instanceof VaultError
    // Work that was told to stop because its client left may fail as it likes.
    if (!known && !this.#gone) this.#house.log({ kind: 'bug', error, verb: this.#head?.verb, path: this.#head?.path })
    this.#answer(() => answerOfError(error))
  }

  #answer(make: () => Answer): void {
    if (this.#answered) return
    const answer = make()
    const rest = this.#bodied && !this.#message.complete ? (this.#broken ? 'lost' : 'coming') : 'none'
    const { common, closing, limits } = this.#house
    deliver(this.#res, answer, { common, rest, last: closing || this.#gone, patience: limits.bodyBytes })
    this.#answered = true
  }
}

const expire = (exchange: Exchange) => exchange.expire()
