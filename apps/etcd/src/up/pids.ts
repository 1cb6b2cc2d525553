import { join } from 'node:path'
import { rmSync } from 'node:fs'
import { readIfThere, writeWhole } from '../files.js'

/** A process as it can be known again: ids are given out anew, but not with the same beginning. */
interface Mark {
  readonly pid: number
  readonly began: string
}

const fileIn = (folder: string, node: string) => join(folder, `${node}.pid`)

export function writePid(folder: string, node: string, pid: number): void {
  writeWhole(fileIn(folder, node), `${pid} ${beganAt(pid) ?? ''}\n`)
}

export const forgetPid = (folder: string, node: string): void => rmSync(fileIn(folder, node), { force: true })

/** The node's process if it runs, and is the one that was written down. */
export function runningPid(folder: string, node: string): number | undefined {
  const mark = markIn(readIfThere(fileIn(folder, node)))
  return mark && beganAt(mark.pid) === mark.began ? mark.pid : undefined
}

function markIn(text: string | undefined): Mark | undefined {
  const [, pid, began = ''] = /^(\d+) ?(\d*)\n$/.exec(text ?? '') ?? []
  return pid === undefined ? undefined : { pid: Number(pid), began }
}

/** In ticks since the machine began, where the system says so (Linux); of any running process '' elsewhere; else undefined. */
function beganAt(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`)
  // The second field is the name, which may hold anything, brackets too; the state is the first after it, and Z is dead.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields) return fields[0] === 'Z' ? undefined : (fields[19] ?? '')
  if (process.platform === 'linux') return undefined
  try {
    process.kill(pid, 0)
    return ''
  } catch {
    return undefined
  }
}
