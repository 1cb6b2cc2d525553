// Child processes pinned to a core, and what the kernel says they cost.
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Servers get the first core, the load generator the last. On one core there is nothing to pin. */
export const serverCore = 0
export const loadCore = cpus().length - 1

/** Starts `script` on the servers' core; resolves with the process and the first thing it says. */
export async function start(script, args = [], execArgv = []) {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  spawnSync('taskset', ['-a', '-p', '-c', String(serverCore), String(child.pid)], { stdio: 'ignore' })
  const [said] = await once(child, 'message')
  spawnSync('taskset', ['-a', '-p', '-c', String(serverCore), String(child.pid)], { stdio: 'ignore' })
  return { child, said }
}

export async function ask(child, question) {
  child.send(question)
  return (await once(child, 'message'))[0]
}

export async function stop(child) {
  const gone = once(child, 'exit')
  child.send('stop')
  await gone
}

/** Seconds of processor time, user and system, all threads. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
