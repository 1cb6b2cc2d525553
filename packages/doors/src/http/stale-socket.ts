import { lstat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { HttpError } from '../errors.js'

/** Removes the socket file of a process that was killed. Anything but a socket nobody answers on is left alone. */
export async function clearStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (!found?.isSocket()) return
  if (await answers(path)) throw HttpError.socketInUse({ path })
  await unlink(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'))
  })
}
