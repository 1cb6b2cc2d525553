import type { IncomingMessage, ServerResponse } from 'node:http'
import { heavyEnvelope, inSlices, VaultError, type Admission, type Remote, type Request, type Response } from '@chatelaine/sdk'
import { HttpError } from '../errors.js'
import { answerOf, answerOfError, deliver, piecesOf, type Answer } from './answer.js'
import { BodyReader, mediaTypeOf, readInput, smallBody } from './body.js'
import { readHead, takesBody, type Head } from './head.js'
import type { House } from './house.js'
import type { Input } from './pairs.js'
import { hasBody, pass, receive, receiveInto, saidLength, type Receiving } from './receive.js'
import { sendStream } from './stream.js'

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
  #receiving: Receiving<unknown> | undefined
  /** Bytes of the body that count as held until the answer. */
  #charged = 0
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
      const request = this.#bodied ? await this.#receive() : this.#request()
      const response = await this.#house.handle(request)
      await this.#house.turnEnd()
      await this.#deliver(response, deadline)
    } catch (error) {
      this.#fail(error)
    } finally {
      clearTimeout(deadline)
      this.#release()
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
    const taken = this.#head !== undefined && takesBody(this.#head.verb)
    const admission = taken ? await this.#admission() : 'nothing'
    // Answers that were given meanwhile (it took too long) need no body any more.
    if (this.#broken ?? this.#answered) throw this.#broken ?? HttpError.clientGone()
    const { bodyBytes, openBodyBytes } = this.#house.limits
    if (admission !== 'nothing') return this.#read(admission === 'all' ? bodyBytes : Math.min(bodyBytes, openBodyBytes))
    // What is short is passed over, so that the connection can go on; what is long, once the answer was given.
    if (!taken || saidLength(this.#message) <= openBodyBytes) await this.#wait(pass(this.#message, bodyBytes))
    if (refusal !== undefined) throw refusal
    return taken ? { ...this.#request({}), unread: true } : this.#request()
  }

  /** Small bodies of those who name a token are read before anybody looks whether it is one: that costs less than looking twice. */
  async #admission(): Promise<Admission> {
    const { token } = this.#readHead()
    if (token !== undefined && saidLength(this.#message) <= smallBody) return 'all'
    return this.#house.admit(this.#request({}))
  }

  async #read(limit: number): Promise<Request> {
    const mediaType = mediaTypeOf(this.#message.headers['content-type'])
    const { json } = this.#house.limits
    const bounds = { limit, charge: (bytes: number) => this.#charge(bytes) }
    if (saidLength(this.#message) <= smallBody) {
      return this.#request(readInput(await this.#wait(receive(this.#message, bounds)), mediaType, json))
    }
    return this.#request(await this.#wait(receiveInto(new BodyReader(mediaType, json), this.#message, bounds)))
  }

  #wait<T>(receiving: Receiving<T>): Promise<T> {
    this.#receiving = receiving
    return receiving.whole
  }

  #charge(bytes: number): void {
    try {
      this.#house.memory.take(bytes)
    } catch (error) {
      // At once: those that go over in the same moment would otherwise all be refused, where one was enough.
      this.#release()
      throw error
    }
    this.#charged += bytes
  }

  #release(): void {
    this.#house.memory.give(this.#charged)
    this.#charged = 0
  }

  #readHead(): Head {
    return (this.#head ??= readHead(this.#message, this.#house.requireRequestHeader))
  }

  #request(body?: Input): Request {
    const { verb, path, query, token, wrapTtl, namespace, help } = this.#readHead()
    const { headers } = this.#message
    const input = takesBody(verb) ? (body ?? {}) : query
    const { leaving } = this.#client
    const remote = this.#house.remoteOf(this.#client.remote, headers['x-forwarded-for'])
    return { verb, path, input, token, wrapTtl, namespace, help, headers, remote, signal: leaving.signal }
  }

  async #deliver(response: Response, deadline: NodeJS.Timeout): Promise<void> {
    const heavy = response.stream ? undefined : heavyEnvelope(response)
    if (heavy) await this.#pour(...piecesOf(response, await inSlices(heavy)), deadline)
    else if (response.stream) await this.#pour(response, response.stream, deadline)
    else this.#answer(() => answerOf(response))
  }

  /** The first piece decides: what fails before it is answered as anything else that fails, and the deadline is for it alone. */
  async #pour({ status, headers }: Pick<Response, 'status' | 'headers'>, stream: AsyncIterable<Uint8Array>, deadline: NodeJS.Timeout): Promise<void> {
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
