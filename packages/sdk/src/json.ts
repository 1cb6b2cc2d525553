/**
 * JSON that keeps numbers as they were written. `JSON.parse` turns 12345678901234567890 and 1.0 into other numbers; a
 * vault must give back what it was given. Text without such numbers takes the built-in parser and costs one scan more.
 */

/** A number whose literal a double would not reproduce. */
export class RawNumber {
  readonly literal: string

  constructor(literal: string) {
    this.literal = literal
  }

  /** Marks the literal so that `stringifyJson` can take the quotes off again; nobody outside can know the mark. */
  toJSON(): string {
    return `${mark}${this.literal}${mark}`
  }
}

const mark = `#${[...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join('')}#`
const marked = new RegExp(`"${mark}([^"]*)${mark}"`, 'g')

export function stringifyJson(value: unknown): string {
  const text = JSON.stringify(value)
  return text.includes(mark) ? text.replace(marked, '$1') : text
}

// Where a number may begin, and what makes its literal lossy: a fraction, an exponent, sixteen digits or more, a negative
// zero. Digits inside strings (dates, hashes) rarely look so; where they do, only time is lost.
const suspicious = /(?:"\s*:|[,[]|^)\s*-?(?:\d{16}|\d+[.eE]|(?<=-)0)/

/** Parses `text`, throwing SyntaxError as `JSON.parse` does. Lossy numbers come back as `RawNumber`. */
export function parseJson(text: string): unknown {
  if (!suspicious.test(text)) return JSON.parse(text)
  return restore(JSON.parse(quoteNumbers(text)))
}

/** Quotes every lossy number outside strings, behind the mark. Validity is still judged by `JSON.parse`. */
function quoteNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*/g, (token) => {
    if (token.startsWith('"') || !isNumber.test(token) || isExact(token)) return token
    return `"${mark}${token}${mark}"`
  })
}

const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const isExact = (literal: string) => String(Number(literal)) === literal

function restore(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(mark) ? new RawNumber(value.slice(mark.length, -mark.length)) : value
  if (Array.isArray(value)) return value.map(restore)
  if (value === null || typeof value !== 'object') return value
  for (const [key, inner] of Object.entries(value)) define(value, key, restore(inner))
  return value
}

// Plain assignment to `__proto__` would change the prototype instead of the property.
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}

/** The deepest nesting of objects and arrays in `text`, stopping at `limit` + 1. Strings are skipped. */
export function jsonDepth(text: string, limit: number): number {
  let [depth, deepest] = [0, 0]
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x22) i = endOfString(text, i)
    else if (c === 0x7b || c === 0x5b) {
      depth += 1
      if (depth > deepest) deepest = depth
      if (deepest > limit) return deepest
    } else if (c === 0x7d || c === 0x5d) depth -= 1
  }
  return deepest
}

/** The index of the quote that closes the string opened at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end > 0) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes += 1
    if (slashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return text.length
}
