import { resolve } from 'node:path'
import { ClusterError } from '../errors.js'
import { readRecord } from '../process/record.js'
import { forgetPid, runningPid } from './pids.js'

const gentleMs = 10_000

/** Stops what `up` left running: lets each node end by itself, and after ten seconds ends it. Tells which run before it waits. */
export async function down(folder: string, onWait: (nodes: readonly string[]) => void = () => undefined): Promise<readonly string[]> {
  const at = resolve(folder)
  const record = readRecord(at)
  if (!record) throw ClusterError.noCluster({ folder })
  const running = record.nodes.map(({ name }) => ({ name, pid: runningPid(at, name) })).filter(({ pid }) => pid !== undefined)
  if (running.length > 0) onWait(running.map(({ name }) => name))
  await Promise.all(running.map(({ name }) => end(at, name)))
  for (const { name } of record.nodes) forgetPid(at, name)
  return running.map(({ name }) => name)
}

async function end(folder: string, name: string): Promise<void> {
  const until = Date.now() + gentleMs
  let asked = false
  for (;;) {
    const pid = runningPid(folder, name)
    if (pid === undefined) return
    if (!asked) signal(pid, 'SIGTERM')
    // One that was frozen hears it only when it is thawed.
    if (!asked) signal(pid, 'SIGCONT')
    asked = true
    if (Date.now() > until) signal(pid, 'SIGKILL')
    await new Promise((done) => void setTimeout(done, 50))
  }
}

/** It may have ended since we looked. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
