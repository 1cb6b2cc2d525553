import { HclError, type Position } from './errors.js'

/** What a text may ask of us, so that none can exhaust the memory or the stack. */
export interface Limits {
  /** UTF-16 units of text. */
  readonly length: number
  /** Objects and lists within one another. */
  readonly depth: number
}

export const defaultLimits: Limits = { length: 1 << 20, depth: 64 }

/** Where a parser stands in its text. It only moves forward, so counting lines costs one pass in
 * all, however long a line is. */
export class Cursor {
  readonly text: string
  readonly #limits: Limits
  #offset = 0
  #line = 1
  #lineStart = 0
  #nextLine: number
  #depth = 0

  constructor(text: string, limits: Limits) {
    this.text = text
    this.#limits = limits
    this.#nextLine = this.#afterNewline(0)
    if (text.length > limits.length) throw this.fail(`the text is longer than ${limits.length} characters`)
    if (text.startsWith('\uFEFF')) this.skip(1)
  }

  get offset(): number {
    return this.#offset
  }

  /** The next character, or '' at the end. */
  peek(): string {
    return this.text.charAt(this.#offset)
  }

  startsWith(token: string): boolean {
    return this.text.startsWith(token, this.#offset)
  }

  skip(count: number): void {
    this.moveTo(this.#offset + count)
  }

  moveTo(offset: number): void {
    while (this.#nextLine <= offset) {
      this.#line += 1
      this.#lineStart = this.#nextLine
      this.#nextLine = this.#afterNewline(this.#lineStart)
    }
    this.#offset = Math.min(offset, this.text.length)
  }

  /** Takes what the sticky `pattern` matches here, if it does. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.skip(found.length)
    return found
  }

  here(): Position {
    return { line: this.#line, column: this.#offset - this.#lineStart + 1 }
  }

  fail(sentence: string, at: Position = this.here(), naming: string = sentence): HclError {
    return new HclError(sentence, at, naming)
  }

  /** Runs `parse` one level deeper. Recursion goes through here and nowhere else. */
  nested<T>(parse: () => T): T {
    if (this.#depth >= this.#limits.depth) throw this.fail(`nested more than ${this.#limits.depth} levels deep`)
    this.#depth += 1
    const value = parse()
    this.#depth -= 1
    return value
  }

  #afterNewline(from: number): number {
    const found = this.text.indexOf('\n', from)
    return found === -1 ? Infinity : found + 1
  }
}
