import { wholeInput } from '../../input/stdin.js'
import type { Io } from '../../io.js'

/** A token as an argument, or `-` for standard input. */
export const tokenArgument = async (word: string | undefined, io: Io): Promise<string | undefined> =>
  word === '-' ? (await wholeInput(io)).trim() : word
