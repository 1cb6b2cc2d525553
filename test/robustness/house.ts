import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

type Said = { readonly starting?: true; readonly url?: string; readonly done?: true }

const program = fileURLToPath(new URL('house.mjs', import.meta.url))

/** A server in a process of its own. It needs `tsc -b` to have been run: it is the built one. */
export interface House {
  readonly url: string
  readonly pid: number
  /** Ends it as a power cut would, and waits until it is gone. */
  kill(): Promise<void>
  ask(message: { readonly collect?: true; readonly snapshot?: string }): Promise<void>
}

export interface HouseOptions {
  readonly folder: string
  readonly seal: 'keyfile' | 'shamir'
}

/** Starts a server. With `killAtOnce` it is killed while it starts, and there is none. */
export function startHouse(options: HouseOptions): Promise<House>
export function startHouse(options: HouseOptions, killAtOnce: boolean): Promise<House | undefined>
export async function startHouse({ folder, seal }: HouseOptions, killAtOnce = false): Promise<House | undefined> {
  const child = fork(program, [folder, seal], { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let complaints = ''
  child.stderr?.on('data', (chunk: Buffer) => void (complaints += chunk.toString()))
  const gone = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await gone
  }
  await next(child, 'starting')
  if (killAtOnce) return kill().then(() => undefined)
  try {
    const { url = '' } = await next(child, 'url')
    return { url, pid: child.pid ?? 0, kill, ask: (message) => ask(child, message) }
  } catch (cause) {
    throw new Error(`the server did not start: ${complaints}`, { cause })
  }
}

async function ask(child: ChildProcess, message: object): Promise<void> {
  const answered = next(child, 'done')
  child.send(message)
  await answered
}

/** The next message that says `what`. Rejects when the process ends instead. */
function next(child: ChildProcess, what: keyof Said): Promise<Said> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      child.off('message', hear)
      child.off('exit', end)
      settle()
    }
    const hear = (message: unknown) => {
      const said = message as Said
      if (said[what] !== undefined) finish(() => resolve(said))
    }
    const end = (code: number | null) => finish(() => reject(new Error(`the process ended with ${code}`)))
    child.on('message', hear)
    child.on('exit', end)
  })
}
