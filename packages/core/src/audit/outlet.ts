import { stringifyJson, VaultError, type AuditDevice, type AuditType, type Clock } from '@chatelaine/sdk'
import { Chain } from './chain.js'
import { AuditError } from './errors.js'
import { Hashing } from './hashing.js'
import { splitOptions, type LineOptions } from './options.js'
import type { AuditedHeaders, Rendering } from './record.js'
import type { DeviceEntry } from './table.js'

/** Tells the operator of a device that fails or works again. Never given anything that stood in a record. */
export type AuditLog = (message: string, facts: { readonly device: string; readonly reason?: string }) => void

export interface OutletWorld {
  readonly types: readonly AuditType[]
  readonly clock: Clock
  readonly log: AuditLog
  readonly newId: () => string
  readonly timeoutMs: number
}

export interface OutletCounts {
  readonly written: number
  readonly failed: number
  readonly timedOut: number
}

/** Makes a record fit for one device. */
export type Render = (rendering: Rendering) => unknown

interface Opened {
  readonly device: AuditDevice
  readonly hashing: Hashing
  readonly line: LineOptions
  /** Writes that were given up on and have not come back. While there are any, the device is left alone. */
  overdue: number
}

const reopenAfterMs = 1000

/**
 * One enabled device on this node: how its lines read, their chain, and what to do when it fails. Nothing here throws
 * but `open`: a device that cannot write is a `false`, and the broker decides what that means.
 */
export class Outlet {
  readonly entry: DeviceEntry
  readonly #world: OutletWorld
  readonly #chain: Chain
  readonly #chainKey: Uint8Array
  readonly #counts = { written: 0, failed: 0, timedOut: 0 }
  #opened: Opened | undefined
  #opening: Promise<Opened> | undefined
  #lastTry = -Infinity
  #failing = false

  constructor(entry: DeviceEntry, world: OutletWorld) {
    this.entry = entry
    this.#world = world
    this.#chainKey = bytesOf(entry.chainKey)
    this.#chain = new Chain(this.#chainKey, world.newId())
  }

  get counts(): OutletCounts {
    return { ...this.#counts }
  }

  /** Opens a device that is about to be enabled, or as one that is; what is wrong with its options or its place is thrown. */
  async open(enabling = true): Promise<void> {
    if (!this.#opened) await this.#openOnce(enabling)
  }

  /** Whether the record is with the device. */
  async write(render: Render, headers: AuditedHeaders): Promise<boolean> {
    try {
      const opened = this.#opened ?? (await this.#openAgain())
      // Closing zeroes the salt; hashes under a salt of zeros could be guessed.
      if (opened !== this.#opened) throw AuditError.closed()
      if (opened.overdue > 0) throw AuditError.stuck()
      await this.#send(opened, this.#lineOf(opened, render, headers))
      this.#counts.written += 1
      if (this.#failing) this.#changed(false, 'the audit device writes again')
      return true
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  /** Reopens after log rotation. A device that hangs is given up and opened anew. */
  async reload(): Promise<void> {
    const opened = this.#opened
    if (!opened) return
    try {
      if (opened.overdue > 0) throw AuditError.stuck()
      await this.#inTime(opened.device.reload?.() ?? Promise.resolve())
    } catch (error) {
      this.#opened = undefined
      this.#lastTry = -Infinity
      this.#failed(error)
      void this.#closeOpened(opened)
    }
  }

  async close(): Promise<void> {
    this.#lastTry = Infinity
    await this.#opening?.catch(() => undefined)
    const opened = this.#opened
    this.#opened = undefined
    if (opened) await this.#closeOpened(opened)
    this.#chainKey.fill(0)
  }

  // Nothing may wait between linking a line and handing it over: lines must reach the device in their chain's order.
  #lineOf({ hashing, line }: Opened, render: Render, headers: AuditedHeaders): string {
    const record = render({ hashing, headers, elideListResponses: line.elideListResponses })
    return line.prefix + this.#chain.link(stringifyJson(record))
  }

  async #closeOpened({ device, hashing }: Opened): Promise<void> {
    hashing.close()
    try {
      await this.#inTime(device.close())
    } catch (error) {
      this.#world.log('the audit device could not be closed', { device: this.entry.path, reason: reasonOf(error) })
    }
  }

  /** A device that could not be opened is tried again, but not by every request. */
  async #openAgain(): Promise<Opened> {
    const now = this.#world.clock.now().getTime()
    if (!this.#opening && now - this.#lastTry < reopenAfterMs) throw AuditError.closed()
    this.#lastTry = now
    return this.#openOnce()
  }

  #openOnce(enabling = false): Promise<Opened> {
    return (this.#opening ??= this.#openDevice(enabling).finally(() => (this.#opening = undefined)))
  }

  async #openDevice(enabling: boolean): Promise<Opened> {
    const { line, device: options } = splitOptions(this.entry.options)
    const type = this.#world.types.find((known) => known.type === this.entry.type)
    if (!type) throw AuditError.unknownType({ known: this.#world.types.map((known) => known.type) })
    const opening = type.open(options, enabling)
    try {
      const device = await this.#inTime(opening)
      return (this.#opened = { device, line, hashing: new Hashing(bytesOf(this.entry.salt), line), overdue: 0 })
    } catch (error) {
      // Should it open after all, it is not ours any more.
      if (AuditError.timedOut.is(error)) void opening.then((late) => late.close()).catch(() => undefined)
      throw error
    }
  }

  async #send(opened: Opened, line: string): Promise<void> {
    const writing = opened.device.write(line)
    try {
      await this.#inTime(writing)
    } catch (error) {
      if (AuditError.timedOut.is(error)) {
        opened.overdue += 1
        const back = () => (opened.overdue -= 1)
        void writing.then(back, back)
      }
      throw error
    }
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(AuditError.timedOut()), this.#world.timeoutMs)
      work.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  #failed(error: unknown): void {
    this.#counts.failed += 1
    if (AuditError.timedOut.is(error)) this.#counts.timedOut += 1
    if (!this.#failing) this.#changed(true, 'the audit device does not write', reasonOf(error))
  }

  // Said once for each change: a full disk under load must not fill another one.
  #changed(failing: boolean, message: string, reason?: string): void {
    this.#failing = failing
    this.#world.log(message, { device: this.entry.path, ...(reason !== undefined && { reason }) })
  }
}

/** A name for the failure. Not its message, which may quote anything. */
function reasonOf(error: unknown): string {
  if (error instanceof VaultError) return error.code
  if (error instanceof Error) return 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return 'unknown'
}

const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'))
