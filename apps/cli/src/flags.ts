import { formatDuration, parseMilliseconds } from '@chatelaine/sdk'
import { CliError } from './errors.js'

interface Shape<K extends string> {
  readonly kind: K
  readonly help: string
  /** How the value is called in help. */
  readonly value?: string | undefined
  /** The smallest value that sets the flag. A smaller one means "not set", as in Vault's command line. */
  readonly from?: number | undefined
  /** The empty text is a value too, and does not mean "not set". */
  readonly empty?: boolean | undefined
  /** It says what is acted on: one that says nothing is refused, and not taken for one that was left out. */
  readonly selects?: boolean | undefined
}

export type Flag = Shape<'text'> | Shape<'yes'> | Shape<'many'> | Shape<'pairs'> | Shape<'whole'> | Shape<'duration'>
export type Flags = Readonly<Record<string, Flag>>

/** A duration that a flag gave. */
export interface Duration {
  readonly seconds: number
  /** What is sent for it: `1h30m0s`, `500ms`. */
  readonly text: string
}

/** What a declared flag gives to the command. Everything but lists may be absent. */
type Value<F> =
  F extends Shape<'yes'> ? boolean | undefined
  : F extends Shape<'many'> ? readonly string[]
  : F extends Shape<'pairs'> ? Readonly<Record<string, string>>
  : F extends Shape<'whole'> ? number | undefined
  : F extends Shape<'duration'> ? Duration | undefined
  : string | undefined

export type Values<F extends Flags> = { readonly [K in keyof F]: Value<F[K]> }

interface Limits {
  readonly from?: number
}

interface Selecting {
  readonly selects?: boolean
}

export const text = (help: string, value = 'string', { empty, selects }: Selecting & { readonly empty?: boolean } = {}) => ({ kind: 'text', help, value, empty, selects }) as const
export const whole = (help: string, { from }: Limits = {}) => ({ kind: 'whole', help, value: 'int', from }) as const
export const duration = (help: string, { from }: Limits = {}) => ({ kind: 'duration', help, value: 'duration', from }) as const
export const yes = (help: string) => ({ kind: 'yes', help }) as const
/** May be given several times; a comma separates too. */
export const many = (help: string, value = 'string', { selects }: Selecting = {}) => ({ kind: 'many', help, value, selects }) as const
/** `-name=key=value`, several times. */
export const pairs = (help: string) => ({ kind: 'pairs', help, value: 'key=value' }) as const

export interface Parsed {
  readonly given: Readonly<Record<string, readonly string[]>>
  readonly args: readonly string[]
}

/** Another spelling of a flag, as Vault has them. Where a command has a flag of that name itself, the command's is meant. */
const aliases: Readonly<Record<string, string>> = { ns: 'namespace', f: 'force', i: 'increment', n: 'key-shares', t: 'key-threshold' }

/**
 * Separates flags from arguments the way Go's flag package does: one dash or two, `-name=value` or `-name value`, and `--` ends
 * them. Unlike Go they may also follow arguments. A lone `-` is an argument: standard input.
 */
export function parseFlags(argv: readonly string[], flags: Flags): Parsed {
  const given: Record<string, string[]> = {}
  const args: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') return { given, args: [...args, ...argv.slice(i + 1)] }
    const found = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word)
    if (!found) {
      args.push(word)
      continue
    }
    const [, spelled = '', inline] = found
    const name = Object.hasOwn(flags, spelled) ? spelled : (aliases[spelled] ?? spelled)
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
    if (!flag) throw CliError.unknownFlag({ flag: spelled })
    const value = inline ?? (flag.kind === 'yes' ? 'true' : argv[++i])
    if (value === undefined) throw CliError.flagNeedsValue({ flag: spelled })
    ;(given[name] ??= []).push(value)
  }
  return { given, args }
}

/** The values of declared flags; a mistake names the flag and never repeats the value, which may be a secret. */
export function readFlags<F extends Flags>(flags: F, { given }: Parsed): Values<F> {
  const values = Object.entries(flags).map(([name, flag]) => [name, read(name, flag, given[name] ?? [])])
  return Object.fromEntries(values) as Values<F>
}

/** Whether a flag's value says anything: a switch that is off, an empty list and what means "not set" do not. */
export const isSet = (value: unknown): boolean =>
  value !== undefined && value !== false && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0)

function read(flag: string, { kind, from, empty, selects }: Flag, given: readonly string[]): unknown {
  const last = given.at(-1)
  if (selects && given.some((value) => /^[\s,]*$/.test(value))) throw CliError.badFlag({ flag, wanted: 'a value that is not empty' })
  switch (kind) {
    case 'many':
      return given.flatMap((value) => value.split(',').map((part) => part.trim()).filter((part) => part !== ''))
    case 'pairs':
      return Object.fromEntries(given.map((value) => pair(flag, value)))
    case 'text':
      return last === '' && !empty ? undefined : last
  }
  if (last === undefined) return undefined
  if (kind === 'yes') return truth(flag, last)
  return kind === 'whole' ? wholeNumber(flag, last, from) : lasting(flag, last, from)
}

function pair(flag: string, value: string): [string, string] {
  const at = value.indexOf('=')
  if (at < 1) throw CliError.badFlag({ flag, wanted: 'key=value' })
  return [value.slice(0, at), value.slice(at + 1)]
}

function wholeNumber(flag: string, value: string, from = -Infinity): number | undefined {
  const number = /^[+-]?\d+$/.test(value) ? Number(value) : NaN
  if (!Number.isSafeInteger(number)) throw CliError.badFlag({ flag, wanted: 'a whole number' })
  return number < from ? undefined : number
}

/** `system` is -1, as in Vault: the value of the whole server instead of one of its own. */
function lasting(flag: string, value: string, from = -Infinity): Duration | undefined {
  const seconds = secondsOf(value === 'system' ? '-1' : value)
  if (seconds === undefined) throw CliError.badFlag({ flag, wanted: 'a duration such as 30s, 5m or 1h30m' })
  return seconds < from ? undefined : { seconds, text: durationText(seconds) }
}

export function secondsOf(value: string): number | undefined {
  try {
    return parseMilliseconds(value) / 1000
  } catch {
    return undefined
  }
}

const durationText = (seconds: number): string => (Number.isInteger(seconds) ? formatDuration(seconds) : `${Math.round(seconds * 1000)}ms`)

function truth(flag: string, value: string): boolean {
  const read = truthOf(value)
  if (read === undefined) throw CliError.badFlag({ flag, wanted: 'true or false' })
  return read
}

/** A switch as Go reads it. */
export function truthOf(value: string): boolean | undefined {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value) ? false : undefined
}
