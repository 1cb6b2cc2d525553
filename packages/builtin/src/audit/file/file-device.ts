import type { AuditDevice } from '@chatelaine/sdk'
import { AuditFileError } from './errors.js'
import { appendAll, fateOf, openLog, type LogFileOptions, type OpenLog } from './log-file.js'

export interface FileDeviceOptions extends LogFileOptions {
  /** Hears that the log was found moved or deleted. */
  readonly log: (message: string, facts: { readonly path: string }) => void
}

interface Waiting {
  /** Without one, what is waited for is that the file was opened anew. */
  readonly line?: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * A log file. Lines that arrive while a write is under way travel together in the next one, in the order they came.
 *
 * A line counts as written when the operating system has it and the file it went to was still there, afterwards, under
 * its name (or had been moved aside with the line in it). There is no fsync: a process that dies loses nothing, a
 * machine that loses power may lose its last seconds, as with Vault. Whoever needs more enables a second device
 * elsewhere.
 */
export class FileDevice implements AuditDevice {
  readonly #options: FileDeviceOptions
  #file: OpenLog
  #torn: boolean
  #queue: Waiting[] = []
  #draining: Promise<void> | undefined
  /** The file under our name is, or may be, not the one we hold. */
  #stale = false
  #closed = false

  private constructor(options: FileDeviceOptions, file: OpenLog) {
    this.#options = options
    this.#file = file
    this.#torn = file.torn
  }

  static async open(options: FileDeviceOptions, enabling = false): Promise<FileDevice> {
    return new FileDevice(options, await openLog(options, enabling))
  }

  write(line: string): Promise<void> {
    return this.#enqueue({ line })
  }

  /** Opens the path anew before anything more is written. */
  reload(): Promise<void> {
    this.#stale = true
    return this.#enqueue({})
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#draining
    await this.#file.handle.close()
  }

  #enqueue(wish: Pick<Waiting, 'line'>): Promise<void> {
    if (this.#closed) return Promise.reject(AuditFileError.closed())
    const done = new Promise<void>((resolve, reject) => this.#queue.push({ ...wish, resolve, reject }))
    this.#draining ??= this.#drain()
    return done
  }

  async #drain(): Promise<void> {
    // Whatever else arrives in this turn of the event loop joins the first batch: a write goes through another thread, and
    // waking that costs more than the write.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#queue.length > 0) {
      const batch = this.#queue
      this.#queue = []
      try {
        if (this.#stale) await this.#openAnew()
        await this.#append(batch.flatMap(({ line }) => (line === undefined ? [] : [`${line}\n`])).join(''))
        batch.forEach(({ resolve }) => resolve())
      } catch (error) {
        batch.forEach(({ reject }) => reject(error))
      }
    }
    this.#draining = undefined
  }

  async #append(lines: string): Promise<void> {
    if (lines === '') return
    const bytes = Buffer.from(lines)
    await this.#put(bytes)
    const fate = fateOf(this.#file, this.#options.path)
    if (fate === 'in place') return
    this.#options.log(`the audit log was ${fate}; it is opened anew`, { path: this.#options.path })
    await this.#openAnew()
    if (fate === 'deleted') await this.#put(bytes)
  }

  // Until all of it is there the file may end in half a line, which the next write must not continue.
  async #put(bytes: Buffer): Promise<void> {
    const whole = this.#torn ? Buffer.concat([Buffer.from('\n'), bytes]) : bytes
    this.#torn = true
    await appendAll(this.#file.handle, whole)
    this.#torn = false
  }

  async #openAnew(): Promise<void> {
    this.#stale = true
    const fresh = await openLog(this.#options)
    const old = this.#file
    this.#file = fresh
    this.#torn = fresh.torn
    this.#stale = false
    await old.handle.close()
  }
}
