import { defineErrors } from '@chatelaine/sdk'

/** What goes wrong on this side of the wire. `usage` rows are mistakes in the command as typed. */
export const CliError = defineErrors('cli', {
  unknownCommand: {
    status: 400,
    text: (d: { words: string; near: readonly string[] }) =>
      `unknown command "${d.words}"${d.near.length ? `; did you mean ${d.near.map((n) => `"${n}"`).join(' or ')}?` : ''}`,
  },
  unknownFlag: { status: 400, text: (d: { flag: string }) => `flag provided but not defined: -${d.flag}` },
  flagNeedsValue: { status: 400, text: (d: { flag: string }) => `flag needs an argument: -${d.flag}` },
  badFlag: {
    status: 400,
    text: (d: { flag: string; wanted: string }) => `invalid value for flag -${d.flag}: expected ${d.wanted}`,
  },
  tooFew: { status: 400, text: (d: Counted) => `Not enough arguments${withFlag(d)} (expected ${d.expected}, got ${d.got})` },
  tooMany: { status: 400, text: (d: Counted) => `Too many arguments${withFlag(d)} (expected ${d.expected}, got ${d.got})` },
  excluded: { status: 400, text: (d: { one: string; other: string }) => `Cannot use -${d.one} with -${d.other}!` },
  alone: { status: 400, text: (d: { flag: string; needed: string }) => `-${d.flag} has no effect without -${d.needed}: give both, or neither` },
  noData: { status: 400, text: () => 'Must supply data or use -force' },
  badPair: { status: 400, text: () => 'Failed to parse K=V data: expected key=value' },
  badData: { status: 400, text: (d: { from: string }) => `Failed to parse K=V data: ${d.from} does not hold a JSON object` },
  stdinTwice: { status: 400, text: () => 'Only one value can be read from standard input' },
  unreadableFile: { status: 400, text: (d: { path: string; code: string }) => `cannot read ${d.path} (${d.code})` },
  unwritableFile: { status: 400, text: (d: { path: string; code: string }) => `cannot write ${d.path} (${d.code})` },
  noTerminal: { status: 400, text: (d: { what: string }) => `no terminal to ask for the ${d.what}: pass it on standard input with "-"` },
  interrupted: { status: 400, text: () => 'interrupted' },
  badFormat: { status: 400, text: (d: { format: string }) => `Invalid output format: ${d.format}` },
  noRaw: { status: 400, text: () => 'This command does not support the -format=raw option.' },
  noPretty: { status: 400, text: () => 'Could not parse output: cannot use the pretty formatter for this type' },
  noField: { status: 400, text: (d: { field: string }) => `Field "${d.field}" not present in secret` },
  noVersions: { status: 400, text: (d: { flag: string }) => `-${d.flag} needs a versioned secrets engine (KV version 2), and this one is not: leave the flag out` },
  badSetting: { status: 400, text: (d: { name: string; wanted: string }) => `${d.name} must be ${d.wanted}` },
  internalHeaders: {
    status: 400,
    text: (d: { names: readonly string[] }) => `failed to setup Headers[${d.names.join(', ')}]: Header starting by 'X-Vault-' are for internal usage only`,
  },
  badTrust: { status: 400, text: (d: { path: string; code: string }) => `cannot read ${d.path} (${d.code}): name a file of PEM certificates or keys` },
  emptyArgument: {
    status: 400,
    text: (d: { name: string }) => `Not enough arguments: the ${d.name} is empty; write it out, or leave the argument out where that is what you mean`,
  },
  usage: { status: 400, text: (d: { problem: string }) => d.problem },

  nothingThere: { status: 404, text: (d: { path: string }) => `No value found at ${d.path}` },
  nothing: { status: 404, text: (d: { sentence: string }) => d.sentence },
})

interface Counted {
  readonly expected: string
  readonly got: number
  /** The flag that changes how many are expected. */
  readonly flag?: string | undefined
}

function withFlag({ flag }: Counted): string {
  return flag === undefined ? '' : ` with -${flag}`
}

const setup = [CliError.badSetting, CliError.internalHeaders, CliError.badTrust]

/** Whether the way to the server could not be made ready: exit code 2, as where the server is not reached. */
export const isSetup = (error: unknown): boolean => setup.some((row) => row.is(error))

const remote = [CliError.nothingThere, CliError.nothing]

/** Whether the server was asked and had nothing to give: exit code 2 rather than 1. */
export const isNothing = (error: unknown): boolean => remote.some((row) => row.is(error))
