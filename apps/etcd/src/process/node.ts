import { Member, type EtcdTls } from '@chatelaine/etcd'
import { ClusterError } from '../errors.js'
import { lastComplaint, startChild, type Child } from './child.js'

/** One member, as what is done to it. */
export interface LocalNode {
  readonly name: string
  readonly endpoint: string
  readonly pid: number | undefined
  /** Resolves when it answers; when too few run for any to answer, as soon as it runs. */
  start(): Promise<void>
  /** At once and without notice, and resolves when it is gone. */
  kill(): Promise<void>
  freeze(): void
  thaw(): void
}

export interface NodeOptions {
  readonly name: string
  readonly endpoint: string
  readonly argv: readonly string[]
  readonly logFile: string
  readonly tied: boolean
  readonly tls: EtcdTls
  /** Whether enough of its cluster runs, it included, for it to answer. */
  readonly quorate: () => boolean
  readonly patienceMs: number
  readonly onStart: (pid: number) => void
}

export class Node implements LocalNode {
  readonly name: string
  readonly endpoint: string
  readonly logFile: string
  readonly #options: NodeOptions
  #child: Child | undefined
  #frozen = false

  constructor(options: NodeOptions) {
    this.name = options.name
    this.endpoint = options.endpoint
    this.logFile = options.logFile
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#child?.running ? this.#child.pid : undefined
  }

  /** It runs and is not frozen. */
  get able(): boolean {
    return this.pid !== undefined && !this.#frozen
  }

  /** How it ended, of the process that runs now. */
  get ended(): Promise<string> {
    return this.#child?.ended ?? Promise.resolve('not started')
  }

  async start(): Promise<void> {
    await this.launch()
    if (this.#options.quorate()) await this.healthy()
  }

  /** Runs it, and waits for nothing. */
  async launch(): Promise<void> {
    if (this.pid !== undefined) return
    this.#frozen = false
    const { argv, logFile, tied, onStart } = this.#options
    this.#child = await startChild({ argv, logFile, tied })
    onStart(this.#child.pid)
  }

  /** Waits until it answers with what the whole cluster agrees on. */
  async healthy(): Promise<void> {
    const { name, endpoint, logFile, tls, patienceMs } = this.#options
    const member = new Member({ endpoint, tls })
    const until = Date.now() + patienceMs
    try {
      while (this.pid !== undefined) {
        const answered = await member.call('KV/Range', { key: 'health', count_only: true }, 1000).then(() => true, () => false)
        if (answered) return
        if (Date.now() > until) throw ClusterError.notHealthy({ name, seconds: patienceMs / 1000, log: logFile })
        await Promise.race([this.ended, new Promise((resolve) => void setTimeout(resolve, 50))])
      }
      throw ClusterError.ended({ name, how: await this.ended, said: lastComplaint(logFile), log: logFile })
    } finally {
      member.close()
    }
  }

  async kill(): Promise<void> {
    this.#child?.signal('SIGKILL')
    await this.#child?.ended
  }

  /** Asks it to end by itself, and ends it when it has not after a while. */
  async end(patienceMs: number): Promise<void> {
    if (this.pid === undefined) return
    this.#child?.signal('SIGTERM')
    this.thaw()
    const timer = setTimeout(() => this.#child?.signal('SIGKILL'), patienceMs)
    await this.#child?.ended
    clearTimeout(timer)
  }

  freeze(): void {
    this.#frozen = true
    this.#child?.signal('SIGSTOP')
  }

  thaw(): void {
    this.#frozen = false
    this.#child?.signal('SIGCONT')
  }
}
