import type { ServerResponse } from 'node:http'
import { headOf, type Answer } from './answer.js'

export interface Flow {
  readonly source: AsyncIterator<Uint8Array>
  readonly first: IteratorResult<Uint8Array>
  /** Headers every answer of this door carries, names and values in turn. */
  readonly common: readonly string[]
  /** The connection ends with this answer. */
  readonly last: boolean
}

/**
 * Sends bytes as fast as the client takes them. A source that fails ends the connection in the middle of a chunk, so that no
 * client takes what it has for the whole; a client that leaves ends the source.
 */
export async function sendStream(res: ServerResponse, answer: Answer, { source, first, common, last }: Flow): Promise<void> {
  const head = headOf(answer, common)
  if (last) head.push('Connection', 'close')
  res.writeHead(answer.status, head)
  try {
    const wanted = () => !res.destroyed && res.req.method !== 'HEAD'
    for (let step = first; !step.done && wanted(); step = await source.next()) {
      if (!res.write(step.value)) await drained(res)
    }
    res.end()
  } catch (error) {
    res.destroy()
    throw error
  } finally {
    await source.return?.()
  }
}

const drained = (res: ServerResponse) =>
  new Promise<void>((resolve) => {
    const done = () => {
      res.off('drain', done).off('close', done)
      resolve()
    }
    if (res.destroyed) resolve()
    else res.on('drain', done).on('close', done)
  })
