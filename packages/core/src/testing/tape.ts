import type { AuditDevice, AuditType } from '@chatelaine/sdk'

/** An audit device that keeps its lines. `accepts` decides, line by line, whether it can write. */
export interface Tape {
  readonly type: AuditType
  readonly lines: string[]
  accepts: (line: string) => boolean
}

export function tape(): Tape {
  const lines: string[] = []
  const device: AuditDevice = {
    async write(line) {
      if (!made.accepts(line)) throw new Error('the tape is torn')
      lines.push(line)
    },
    async close() {},
  }
  const made: Tape = { type: { type: 'tape', open: async () => device }, lines, accepts: () => true }
  return made
}
