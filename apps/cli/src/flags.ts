import { CliError } from './errors.js'

interface Shape<K extends string> {
  readonly kind: K
  readonly help: string
  /** How the value is called in help. */
  readonly value?: string | undefined
}

export type Flag = Shape<'text'> | Shape<'yes'> | Shape<'many'> | Shape<'pairs'> | Shape<'whole'>
export type Flags = Readonly<Record<string, Flag>>

/** What a declared flag gives to the command. Everything but lists may be absent. */
type Value<F> =
  F extends Shape<'yes'> ? boolean | undefined
  : F extends Shape<'many'> ? readonly string[]
  : F extends Shape<'pairs'> ? Readonly<Record<string, string>>
  : F extends Shape<'whole'> ? number | undefined
  : string | undefined

export type Values<F extends Flags> = { readonly [K in keyof F]: Value<F[K]> }

export const text = (help: string, value = 'string') => ({ kind: 'text', help, value }) as const
export const whole = (help: string) => ({ kind: 'whole', help, value: 'int' }) as const
export const yes = (help: string) => ({ kind: 'yes', help }) as const
/** May be given several times; a comma separates too. */
export const many = (help: string, value = 'string') => ({ kind: 'many', help, value }) as const
/** `-name=key=value`, several times. */
export const pairs = (help: string) => ({ kind: 'pairs', help, value: 'key=value' }) as const

export interface Parsed {
  readonly given: Readonly<Record<string, readonly string[]>>
  readonly args: readonly string[]
}

/** Another spelling of a flag, as Vault has them. */
const aliases: Readonly<Record<string, string>> = { ns: 'namespace', f: 'force' }

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

function read(flag: string, { kind }: Flag, given: readonly string[]): unknown {
  const last = given.at(-1)
  switch (kind) {
    case 'many':
      return given.flatMap((value) => value.split(',').map((part) => part.trim()).filter((part) => part !== ''))
    case 'pairs':
      return Object.fromEntries(given.map((value) => pair(flag, value)))
    case 'yes':
      return last === undefined ? undefined : truth(flag, last)
    case 'whole':
      if (last !== undefined && !/^-?\d+$/.test(last)) throw CliError.badFlag({ flag, wanted: 'a whole number' })
      return last === undefined ? undefined : Number(last)
    case 'text':
      return last
  }
}

function pair(flag: string, value: string): [string, string] {
  const at = value.indexOf('=')
  if (at < 1) throw CliError.badFlag({ flag, wanted: 'key=value' })
  return [value.slice(0, at), value.slice(at + 1)]
}

function truth(flag: string, value: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false
  throw CliError.badFlag({ flag, wanted: 'true or false' })
}
