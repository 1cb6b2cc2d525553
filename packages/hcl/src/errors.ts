/** A place in the text, both counted from 1. A column is a UTF-16 unit, as editors count. */
export interface Position {
  readonly line: number
  readonly column: number
}

/**
 * The text is not what was expected. `sentence` says what is wrong, the position where; neither ever
 * quotes a value, for a configuration holds secrets.
 */
export class HclError extends Error {
  override readonly name = 'HclError'
  readonly sentence: string
  readonly line: number
  readonly column: number

  constructor(sentence: string, at: Position) {
    super(`${sentence} on line ${at.line}, column ${at.column}`)
    this.sentence = sentence
    this.line = at.line
    this.column = at.column
  }

  static is(this: void, error: unknown): error is HclError {
    return error instanceof HclError
  }
}
