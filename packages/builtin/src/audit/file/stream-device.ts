import type { AuditDevice } from '@chatelaine/sdk'

/** Writes lines to a stream that is somebody else's, and so is not closed. */
export function streamDevice(stream: NodeJS.WritableStream): AuditDevice {
  // A stream that breaks also says so here, and without a listener that would end the process.
  const heard = () => undefined
  stream.on('error', heard)
  return {
    write: (line) =>
      new Promise((resolve, reject) => {
        stream.write(`${line}\n`, (error?: Error | null) => (error ? reject(error) : resolve()))
      }),
    async close() {
      stream.removeListener('error', heard)
    },
  }
}
