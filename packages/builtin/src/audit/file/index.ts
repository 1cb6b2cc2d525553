import type { AuditDevice, AuditType } from '@chatelaine/sdk'
import { FileDevice, type FileDeviceOptions } from './file-device.js'
import { optionFields, targetOf } from './options.js'
import type { Places } from './place.js'
import { streamDevice } from './stream-device.js'

export { AuditFileError } from './errors.js'
export type { Taken } from './place.js'

export interface AuditFileOptions extends Places {
  /** Hears that a log was found moved or deleted. */
  readonly log: FileDeviceOptions['log']
  /** Where `file_path=stdout` goes. */
  readonly stdout?: NodeJS.WritableStream
}

const discard: AuditDevice = {
  write: async () => undefined,
  close: async () => undefined,
}

/** The audit device `file`: appends to a file, or to the standard output, or (for tests) nowhere. */
export const auditFile = ({ log, within, never, stdout = process.stdout }: AuditFileOptions): AuditType => ({
  type: 'file',
  options: optionFields,
  async open(options, enabling) {
    const target = targetOf(options)
    if (target.kind === 'discard') return discard
    if (target.kind === 'stdout') return streamDevice(stdout)
    return FileDevice.open({ path: target.path, mode: target.mode, within, never, log }, enabling)
  },
})
