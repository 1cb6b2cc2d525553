import type { Vault } from '@chatelaine/client'
import type { Settings } from './config/settings.js'
import type { Flags, Values } from './flags.js'
import type { Io } from './io.js'
import type { Printer } from './output/printer.js'

/** All a command is given. */
export interface Run<F extends Flags = Flags> {
  readonly args: readonly string[]
  readonly flags: Values<F>
  readonly io: Io
  readonly settings: Settings
  readonly print: Printer
  /** The server, asked with the user's token. */
  readonly vault: Vault
  /** The same, but `-output-curl-string` does not stop at it: for questions asked on the way to the real one. */
  readonly aside: Vault
}

/** How many arguments a command takes. */
export interface Bounds {
  readonly least: number
  readonly most: number
}

/** One command: its name, its help and what it does. Help, parsing and completion derive from it. */
export interface Command<F extends Flags = Flags> {
  /** Words as typed, as in `kv get`. */
  readonly name: string
  readonly summary: string
  /** Argument names for help; `[x]` may be absent, a trailing `...` repeats. Checked before `run`. */
  readonly args: readonly string[]
  readonly flags: F
  /** Flags that change how many arguments there may be. */
  readonly counts?: Readonly<Record<string, Partial<Bounds>>> | undefined
  /** Pairs of flags that exclude one another. */
  readonly excludes?: readonly (readonly [string, string])[] | undefined
  /** Flags that mean something only together with another: each, and the one it needs. */
  readonly needs?: readonly (readonly [flag: string, needed: string])[] | undefined
  /** Which variables of the environment it is for: those of a client, unless it is the server. */
  readonly environment?: 'server' | undefined
  /** What its settings are read from in place of the environment: a command that works in a folder takes the `.env` there too. */
  readonly surroundings?: ((given: Pick<Run<F>, 'flags' | 'io'>) => Promise<Io['env']>) | undefined
  /** The raw body may be printed as it came: `-format=raw`. */
  readonly raw?: boolean | undefined
  /** A sentence and the command line that does it, without the program's name. */
  readonly examples: readonly (readonly [says: string, line: string])[]
  /** What failed, for the head of an error: `Error ${doing}: ...`. */
  readonly doing?: string | ((args: readonly string[]) => string) | undefined
  /** The exit code of every failure, where 2 already means something else. */
  readonly failsWith?: 1 | undefined
  /** Settles with an exit code, or nothing for success. */
  run(given: Run<F>): Promise<number | void>
}

type Declared<F extends Flags> = Omit<Command<F>, 'args' | 'flags'> & { args?: readonly string[]; flags?: F }

export function command<const F extends Flags = {}>(declared: Declared<F>): Command {
  // The flags' types matter between a declaration and its own run; the table of all commands forgets them.
  return { args: [], flags: {}, ...declared } as unknown as Command
}
