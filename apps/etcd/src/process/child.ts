import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readIfThere } from '../files.js'

/** How a process came to its end: `code 1`, `SIGKILL`. */
export type End = string

export interface ChildOptions {
  readonly argv: readonly string[]
  readonly logFile: string
  /** Ends with us, however we end. Otherwise it goes on without us. */
  readonly tied: boolean
}

/** One running program, its words in a file. */
export interface Child {
  readonly pid: number
  readonly ended: Promise<End>
  readonly running: boolean
  signal(signal: NodeJS.Signals): void
}

/**
 * `setpriv` asks the kernel to kill the program when we die, even by SIGKILL, and becomes the program: the process id is the
 * program's own. Where there is no setpriv (it is Linux's), an end that we notice has to do.
 */
export function startChild({ argv, logFile, tied }: ChildOptions): Promise<Child> {
  const byKernel = tied && hasSetpriv()
  const [program = '', ...words] = byKernel ? ['setpriv', '--pdeathsig', 'KILL', ...argv] : argv
  const log = openSync(logFile, 'a', 0o600)
  // A session of its own: Ctrl-C on the terminal is for us, and we tell it what to do.
  const child = spawn(program, words, { stdio: ['ignore', log, log], detached: true })
  closeSync(log)
  if (!tied) child.unref()
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('spawn', () => resolve(childOf(child, tied && !byKernel)))
  })
}

function childOf(child: ChildProcess, killAtExit: boolean): Child {
  const kill = () => void child.kill('SIGKILL')
  if (killAtExit) process.once('exit', kill)
  let running = true
  const ended = new Promise<End>((resolve) =>
    child.once('exit', (code, signal) => {
      running = false
      process.off('exit', kill)
      resolve(signal ?? `code ${code}`)
    }),
  )
  return {
    pid: child.pid as number,
    ended,
    get running() {
      return running
    },
    signal: (signal) => void (running && child.kill(signal)),
  }
}

const hasSetpriv = () => spawnSync('setpriv', ['--version'], { stdio: 'ignore' }).status === 0

/** The last complaint in an etcd's log, in its own words: the last error, or what it said when it did not get as far as to log. */
export function lastComplaint(logFile: string): string {
  const lines = (readIfThere(logFile) ?? '').split('\n').filter((line) => line.trim() !== '')
  const logged = lines.findLastIndex((line) => entryOf(line) !== undefined)
  const plain = lines[logged + 1]
  const entry = lines.slice(-50).map(entryOf).findLast((one) => ['fatal', 'panic', 'error'].includes(String(one?.['level'])))
  const said = plain ?? [entry?.['msg'], entry?.['error']].filter(Boolean).join(': ')
  return said.trim().slice(0, 300) || 'it said nothing'
}

function entryOf(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}
