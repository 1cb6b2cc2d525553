/** A place in the text, both counted from 1. A column is a UTF-16 unit, as editors count. */
export interface Position {
  readonly line: number
  readonly column: number
}

/**
 * The text is not what was expected. `sentence` says what is wrong and `place` where; neither quotes anything of the text, for any
 * of it may be a secret. `message` may name a key as well, but no value: it is for whoever has the file at hand.
 */
export class HclError extends Error {
  override readonly name = 'HclError'
  readonly sentence: string
  readonly line: number
  readonly column: number
  readonly place: string

  /** `naming` is the sentence with the name of a key in it, where that says more. */
  constructor(sentence: string, at: Position, naming: string = sentence) {
    const place = `on line ${at.line}, column ${at.column}`
    super(`${naming} ${place}`)
    this.sentence = sentence
    this.place = place
    this.line = at.line
    this.column = at.column
  }

  static is(this: void, error: unknown): error is HclError {
    return error instanceof HclError
  }
}
