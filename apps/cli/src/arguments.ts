import type { Bounds, Command } from './command.js'
import { CliError } from './errors.js'
import { isSet } from './flags.js'

/** Refuses too few and too many arguments, and flags that exclude one another: nothing that was typed is passed over. */
export function checkArguments(command: Command, { length: got }: readonly string[], flags: Readonly<Record<string, unknown>>): void {
  const set = (name: string) => isSet(flags[name])
  const flag = Object.keys(command.counts ?? {}).find(set)
  const { least, most } = { ...boundsOf(command), ...(flag === undefined ? {} : command.counts?.[flag]) }
  const expected = least === most ? String(least) : most === Infinity ? `at least ${least}` : `${least}-${most}`
  if (got < least) throw CliError.tooFew({ expected, got, flag })
  if (got > most) throw CliError.tooMany({ expected, got, flag })
  const clash = command.excludes?.find((pair) => pair.every(set))
  if (clash) throw CliError.excluded({ one: clash[0], other: clash[1] })
  const alone = command.needs?.find(([flag, needed]) => set(flag) && !set(needed))
  if (alone) throw CliError.alone({ flag: alone[0], needed: alone[1] })
}

function boundsOf({ args: names }: Command): Bounds {
  const least = names.filter((name) => !name.startsWith('[')).length
  return { least, most: names.some((name) => name.includes('...')) ? Infinity : names.length }
}
