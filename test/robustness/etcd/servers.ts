import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Measure } from '@chatelaine/sdk'
import type { Place } from './load.js'
import { kill } from './processes.js'

const program = fileURLToPath(new URL('house-etcd.mjs', import.meta.url))

export interface ServerOptions {
  readonly name: string
  readonly etcd: {
    readonly endpoints: readonly string[]
    readonly path: string
    readonly caFile: string
    readonly certFile: string
    readonly keyFile: string
    readonly lockTimeout?: number
    readonly maxStaleness?: number
  }
  /** The unseal key, the same for every node. */
  readonly keyFile: string
  readonly logFile: string
}

type Said = { readonly url: string } | { readonly question: number; readonly answer?: unknown }

/** A server in a process of its own, which can be killed and started again, and frozen and thawed. It keeps its address. */
export class ServerNode implements Place {
  readonly #options: ServerOptions
  #child: ChildProcess | undefined
  #port = 0
  #questions = 0
  /** What it answers may be so old, in milliseconds: what its configuration says of `max_staleness`. */
  readonly staleMs: number

  constructor(options: ServerOptions) {
    this.#options = options
    this.staleMs = options.etcd.maxStaleness ?? 0
  }

  get name(): string {
    return this.#options.name
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get logFile(): string {
    return this.#options.logFile
  }

  async start(): Promise<void> {
    const { name, etcd, keyFile, logFile } = this.#options
    const told = { etcd, port: this.#port, nodeName: name, seal: { type: 'keyfile', path: keyFile }, logFile }
    const child = fork(program, [JSON.stringify(told)], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    this.#child = child
    let complaints = ''
    child.stderr?.on('data', (chunk: Buffer) => void (complaints += chunk.toString()))
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${name} did not start: ${complaints}`)
    })
    const listening = heard(child, (said) => ('url' in said ? said.url : undefined))
    listening.catch(() => undefined)
    const url = await Promise.race([listening, ended])
    ended.catch(() => undefined)
    this.#port = Number(new URL(url).port)
  }

  async kill(): Promise<void> {
    if (this.#child) await kill(this.#child)
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Has it read its certificates again. */
  reload(): void {
    this.#child?.kill('SIGHUP')
  }

  /** From now on its clock is wrong by so much. */
  async setClock(wrongByMs: number): Promise<void> {
    await this.#ask('clock', wrongByMs)
  }

  async measures(): Promise<readonly Measure[]> {
    return (await this.#ask('measures')) as readonly Measure[]
  }

  /** One figure of it, by name and label. */
  async measure(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
    const fits = (measure: Measure) => measure.name === name && Object.entries(labels).every(([label, value]) => measure.labels?.[label] === value)
    return (await this.measures()).find(fits)?.value
  }

  /** The endpoint of the etcd member that carries this server's watch. */
  async watching(): Promise<string> {
    const found = (await this.measures()).find(({ name, value }) => name === 'chatelaine_etcd_member_watched' && value === 1)
    if (!found?.labels?.endpoint) throw new Error(`${this.name} does not say which member carries its watch`)
    return found.labels.endpoint
  }

  async #ask(about: 'measures' | 'clock', value?: number): Promise<unknown> {
    const child = this.#child as ChildProcess
    const question = ++this.#questions
    const answered = heard(child, (said) => ('question' in said && said.question === question ? { answer: said.answer } : undefined))
    child.send({ question, about, value })
    return (await answered).answer
  }
}

/** The first thing said of which `take` makes something. */
function heard<T>(child: ChildProcess, take: (said: Said) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = () => {
      child.off('message', listen)
      child.off('exit', gone)
    }
    const listen = (said: Said) => {
      const taken = take(said)
      if (taken === undefined) return
      done()
      resolve(taken)
    }
    const gone = () => {
      done()
      reject(new Error('the server ended before it answered'))
    }
    child.on('message', listen)
    child.on('exit', gone)
  })
}
