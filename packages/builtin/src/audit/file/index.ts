import type { AuditDevice, AuditType } from '@chatelaine/sdk'
import { FileDevice, type FileDeviceOptions } from './file-device.js'
import { targetOf } from './options.js'
import { streamDevice } from './stream-device.js'

export { AuditFileError } from './errors.js'

export interface AuditFileOptions {
  /** Hears that a log was found moved or deleted. */
  readonly log: FileDeviceOptions['log']
  /** If given, logs may only lie in or below these directories. A server that loads plugins should say so. */
  readonly within?: readonly string[] | undefined
  /** Where `file_path=stdout` goes. */
  readonly stdout?: NodeJS.WritableStream
}

const discard: AuditDevice = {
  write: async () => undefined,
  close: async () => undefined,
}

/** The audit device `file`: appends to a file, or to the standard output, or (for tests) nowhere. */
export const auditFile = ({ log, within, stdout = process.stdout }: AuditFileOptions): AuditType => ({
  type: 'file',
  async open(options) {
    const target = targetOf(options)
    if (target.kind === 'discard') return discard
    if (target.kind === 'stdout') return streamDevice(stdout)
    return FileDevice.open({ path: target.path, mode: target.mode, within, log })
  },
})
