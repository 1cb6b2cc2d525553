import { wholeInput } from '../../input/stdin.js'
import { CliError } from '../../errors.js'
import type { Io } from '../../io.js'

/** A token as an argument, without the blanks around it that copying brings, or `-` for standard input. Who gives an
 * empty one has meant another token than the one in use. */
export async function tokenArgument(word: string | undefined, io: Io): Promise<string | undefined> {
  const given = (word === '-' ? await wholeInput(io) : word)?.trim()
  if (given === '') throw CliError.emptyArgument({ name: 'token' })
  return given
}
