import { VaultError } from '@chatelaine/sdk'
import type { Command } from './command.js'
import { commands, groups } from './commands/index.js'
import { connect } from './config/connect.js'
import { globalFlags, quietFlags, settingsOf, type Settings } from './config/settings.js'
import { storedToken } from './config/token-file.js'
import { CliError } from './errors.js'
import { failureOf } from './failure.js'
import { findCommand } from './find.js'
import { parseFlags, readFlags } from './flags.js'
import { commandHelp, groupHelp } from './help.js'
import { programOf, type Io } from './io.js'
import { CurlAsked } from './output/curl.js'
import { loadYaml, printer } from './output/printer.js'

/**
 * Runs one command line and settles with its exit code: 0 done, 1 wrong here, 2 refused or unreachable. Never rejects.
 * `more` are commands of the program this is part of; help shows them first.
 */
export async function cli(argv: readonly string[], io: Io, more: readonly Command[] = []): Promise<number> {
  const all = [...more, ...commands]
  try {
    if (/^(-v|--?version)$/.test(argv[0] ?? '')) return await cli(['version', ...argv.slice(1)], io)
    const { command, group, rest } = findCommand(argv[0] === 'help' ? [...argv.slice(1), '-h'] : argv, all)
    if (command) return await runCommand(command, rest, io)
    const asked = rest.some(isHelp)
    ;(asked ? io.stdout : io.stderr).write(`${groupHelp(programOf(io), group, all, groups)}\n`)
    return asked ? 0 : 1
  } catch (error) {
    return await report(error, io)
  }
}

const isHelp = (word: string) => /^--?h(elp)?$/.test(word)

async function runCommand(command: Command, argv: readonly string[], io: Io): Promise<number> {
  const end = argv.indexOf('--')
  if ((end < 0 ? argv : argv.slice(0, end)).some(isHelp)) {
    io.stdout.write(`${commandHelp(programOf(io), command)}\n`)
    return 0
  }
  let settings: Settings | undefined
  let args: readonly string[] = []
  try {
    const parsed = parseFlags(argv, { ...globalFlags, ...quietFlags, ...command.flags })
    args = parsed.args
    settings = settingsOf(readFlags(globalFlags, parsed), io)
    checkCount(command, args)
    const flags = readFlags(command.flags, parsed)
    const print = printer(settings, io, await loadYaml(settings.format))
    return (await command.run({ args, flags, io, settings, print, ...connect(settings, io) })) ?? 0
  } catch (error) {
    const doing = typeof command.doing === 'function' ? command.doing(args) : command.doing
    return await report(error, io, { command, doing, settings })
  }
}

function checkCount({ args: names }: Command, { length: got }: readonly string[]): void {
  const least = names.filter((name) => !name.startsWith('[')).length
  const most = names.some((name) => name.includes('...')) ? Infinity : names.length
  const expected = least === most ? String(least) : most === Infinity ? `at least ${least}` : `${least} to ${most}`
  if (got < least) throw CliError.tooFew({ expected, got })
  if (got > most) throw CliError.tooMany({ expected, got })
}

interface At {
  readonly command?: Command
  readonly doing?: string | undefined
  readonly settings?: Settings | undefined
}

async function report(error: unknown, io: Io, { command, doing, settings }: At = {}): Promise<number> {
  if (error instanceof CurlAsked) {
    io.stdout.write(`${error.line}\n`)
    return 0
  }
  const { text, code } = failureOf(error, { doing, settings, anonymous: !settings?.token && !(await storedToken(io).catch(() => undefined)) })
  const here = command ? `${programOf(io)} ${command.name}` : programOf(io)
  const typed = code === 1 && error instanceof VaultError && mistyped.some((row) => row.is(error))
  printer(settings ?? { format: 'table', field: undefined, colour: false }, io).error(typed ? `${text}\n\nFor help: ${here} -h` : text)
  return command?.failsWith ?? code
}

const mistyped = [
  CliError.unknownCommand, CliError.unknownFlag, CliError.flagNeedsValue, CliError.badFlag, CliError.tooFew, CliError.tooMany,
  CliError.noData, CliError.badPair, CliError.usage,
]
