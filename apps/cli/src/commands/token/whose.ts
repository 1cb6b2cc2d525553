import { wholeInput } from '../../input/stdin.js'
import type { Io } from '../../io.js'

/** A token as an argument, without the blanks around it that copying brings, or `-` for standard input. An empty one is none. */
export const tokenArgument = async (word: string | undefined, io: Io): Promise<string | undefined> =>
  (word === '-' ? await wholeInput(io) : word)?.trim() || undefined
