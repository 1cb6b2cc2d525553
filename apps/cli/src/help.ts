import type { Command } from './command.js'
import { globalFlags } from './config/settings.js'
import type { Flag, Flags } from './flags.js'
import { columns } from './output/table.js'

/** A command's page: what it does, how it is typed, its flags. */
export function commandHelp(program: string, { name, summary, args, flags, examples }: Command): string {
  const usage = [program, name, '[options]', ...args.map((arg) => (arg.startsWith('[') ? arg : arg.toUpperCase()))].join(' ')
  return [
    `Usage: ${usage}`, '', `  ${summary}`, '',
    ...examples.flatMap(([says, line]) => [`  ${says}`, '', `      $ ${program} ${line}`, '']),
    ...flagSection('Command Options', flags),
    ...flagSection('Connection and Output Options', without(globalFlags, flags)),
  ].join('\n').trimEnd()
}

/** A flag that the command gives a meaning of its own is told of once. */
const without = (all: Flags, own: Flags): Flags => Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(own, name)))

function flagSection(title: string, flags: Flags): string[] {
  const names = Object.entries(flags)
  if (names.length === 0) return []
  return [`${title}:`, '', ...names.flatMap(([name, flag]) => [`  -${name}${valueOf(flag)}`, `      ${flag.help}`, ''])]
}

const valueOf = ({ value }: Flag) => (value ? `=<${value}>` : '')

/** A group's page, or the whole program's: each command and its sentence. */
export function groupHelp(program: string, group: string, all: readonly Command[], groups: Readonly<Record<string, string>>): string {
  const inside = group === '' ? all : all.filter(({ name }) => name.startsWith(`${group} `))
  const depth = group === '' ? 0 : group.split(' ').length
  const rows = new Map<string, string>()
  for (const { name, summary } of inside) {
    const words = name.split(' ')
    const whole = words.slice(0, depth + 1).join(' ')
    rows.set(words[depth] ?? '', words.length === depth + 1 ? summary : (groups[whole] ?? summary))
  }
  const prefix = group ? `${program} ${group}` : program
  return [
    `Usage: ${prefix} <${depth ? 'sub' : ''}command> [options] [args]`, '',
    ...(groups[group] ? [`  ${groups[group]}`, ''] : []),
    `${depth ? 'Subcommands' : 'Commands'}:`,
    columns([...rows].map(([word, summary]) => [`    ${word}`, summary])), '',
    `Each takes -h: ${prefix} ${[...rows.keys()][0] ?? ''} -h`,
  ].join('\n')
}
