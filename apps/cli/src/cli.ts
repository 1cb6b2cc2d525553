import { VaultError } from '@chatelaine/sdk'
import type { Command } from './command.js'
import { commands, groups } from './commands/index.js'
import { connect } from './config/connect.js'
import { checkArguments } from './arguments.js'
import { globalFlags, lookOf, quietFlags, settingsOf, type Settings } from './config/settings.js'
import { storedToken } from './config/token-file.js'
import { unread } from './config/variables.js'
import { CliError } from './errors.js'
import { failureOf } from './failure.js'
import { findCommand } from './find.js'
import { parseFlags, readFlags } from './flags.js'
import { commandHelp, groupHelp } from './help.js'
import { programOf, type Io } from './io.js'
import { PrintedInstead } from './output/instead.js'
import { loadYaml, printer, type Look } from './output/printer.js'

/**
 * Runs one command line and settles with its exit code: 0 done, 1 wrong here, 2 refused or unreachable, 127 no such command. Never rejects.
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
    return asked ? 0 : group === '' ? 127 : 1
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
  let look: Look | undefined
  let args: readonly string[] = []
  try {
    const parsed = parseFlags(argv, { ...globalFlags, ...quietFlags, ...command.flags })
    args = parsed.args
    const global = readFlags({ ...globalFlags, ...quietFlags }, parsed)
    look = { ...lookOf(global, io), field: global.field }
    if (look.format === 'raw' && !command.raw) throw CliError.noRaw()
    const flags = readFlags(command.flags, parsed)
    checkArguments(command, args, flags)
    settings = settingsOf(global, command.surroundings ? { ...io, env: await command.surroundings({ flags, io }) } : io)
    nameUnread(command, look, io)
    const print = printer(look, io, await loadYaml(look.format))
    return (await command.run({ args, flags, io, settings, print, ...connect(settings, io) })) ?? 0
  } catch (error) {
    const doing = typeof command.doing === 'function' ? command.doing(args) : command.doing
    return await report(error, io, { command, doing, settings, look })
  }
}

/** Once, on standard error: a variable that is passed over in silence is taken for honoured. */
function nameUnread({ environment }: Command, look: Look, io: Io): void {
  const names = unread(io.env, environment ?? 'client')
  if (names.length > 0) printer(look, io).warn(`WARNING! These variables of the environment are not read here: ${names.join(', ')}`)
}

interface At {
  readonly command?: Command
  readonly doing?: string | undefined
  readonly settings?: Settings | undefined
  readonly look?: Look | undefined
}

async function report(error: unknown, io: Io, { command, doing, settings, look }: At = {}): Promise<number> {
  if (error instanceof PrintedInstead) {
    io.stdout.write(`${error.shown}\n`)
    return 0
  }
  const { text, code } = failureOf(error, { doing, settings, anonymous: !settings?.token && !(await storedToken(io).catch(() => undefined)) })
  const here = command ? `${programOf(io)} ${command.name}` : programOf(io)
  const typed = code !== 2 && error instanceof VaultError && mistyped.some((row) => row.is(error))
  printer(look ?? { format: 'table', field: undefined, colour: false }, io).error(typed ? `${text}\n\nFor help: ${here} -h` : text)
  return command?.failsWith ?? code
}

const mistyped = [
  CliError.unknownCommand, CliError.unknownFlag, CliError.flagNeedsValue, CliError.badFlag, CliError.tooFew, CliError.tooMany, CliError.excluded, CliError.alone,
  CliError.noData, CliError.badPair, CliError.usage,
]
