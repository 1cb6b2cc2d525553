import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Ends a process as a power cut would, and waits until it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Calls `holds` until it says true, and once more after each wait. Rejects with `what` when that takes too long. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, mostMs = 180_000): Promise<void> {
  const end = performance.now() + mostMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it was not so within ${mostMs / 1000} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
