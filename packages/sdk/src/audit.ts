import type { TObject } from 'typebox'

/** Where audit records go: a file, a socket, the system log. A device only moves bytes; what stands in them is the core's. */
export interface AuditDevice {
  /** Resolves once the line is with the operating system. Rejecting counts as this device not having written. */
  write(line: string): Promise<void>
  /** Reopens what was moved away by log rotation. */
  reload?(): Promise<void>
  close(): Promise<void>
}

/**
 * A kind of audit device, as `audit enable` names it. `open` refuses options it does not know, and tries that it can write. `enabling`
 * says that somebody has just asked for this device, rather than that one which was accepted before is opened again.
 */
export interface AuditType {
  readonly type: string
  /** The options as the device reads them, so that a policy about one holds however it is spelt. */
  readonly options?: TObject
  open(options: Readonly<Record<string, string>>, enabling?: boolean): Promise<AuditDevice>
}
