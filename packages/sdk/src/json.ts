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

/** Parses `text`, throwing SyntaxError as `JSON.parse` does. Numbers a double would change come back as `RawNumber`. */
export function parseJson(text: string): unknown {
  const quoted = quoteLossyNumbers(text)
  return quoted === undefined ? JSON.parse(text) : restore(JSON.parse(quoted))
}

/**
 * `text` with every lossy number quoted behind the mark; undefined when there is none. One pass over the characters, with
 * nothing kept but what is quoted: a large body of ordinary numbers must not cost more than parsing it. Whether the text is
 * JSON at all is left to `JSON.parse`: only what has a number's exact form is touched.
 */
function quoteLossyNumbers(text: string): string | undefined {
  let pieces: string[] | undefined
  let copied = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === quote) i = endOfString(text, i)
    else if (c === minus || isDigit(c)) {
      const end = endOfNumber(text, i)
      if (isLossy(text, i, end)) {
        pieces ??= []
        if (pieces.length > 2 * mostLossy) throw new SyntaxError(`more than ${mostLossy} numbers that a double cannot hold`)
        pieces.push(text.slice(copied, i), `"${mark}${text.slice(i, end)}${mark}"`)
        copied = end
      }
      i = end - 1
    }
  }
  if (!pieces) return undefined
  pieces.push(text.slice(copied))
  return pieces.join('')
}

/** Each costs about a microsecond and a small object; nobody keeps so many in one secret, but somebody might send them. */
const mostLossy = 50_000

const quote = 0x22
const minus = 0x2d
const isDigit = (c: number) => c >= 0x30 && c <= 0x39
/** The exact form of a number in JSON. */
export const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Past the run of characters that numbers are made of. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1
  for (; end < text.length; end++) {
    const c = text.charCodeAt(end)
    if (!isDigit(c) && c !== 0x2e && c !== minus && c !== 0x2b && c !== 0x45 && c !== 0x65) break
  }
  return end
}

/**
 * Whether a double printed again would read otherwise. Fifteen digits survive any double, so a short plain number is judged
 * by its length alone; the rest is compared.
 */
export function isLossy(text: string, start: number, end: number): boolean {
  const c = text.charCodeAt(start)
  let plain = end - start <= 15 && c !== minus
  for (let i = start + 1; plain && i < end; i++) plain = isDigit(text.charCodeAt(i))
  if (plain) return false
  const literal = text.slice(start, end)
  return String(Number(literal)) !== literal && isNumber.test(literal)
}

function restore(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(mark) ? new RawNumber(value.slice(mark.length, -mark.length)) : value
  if (Array.isArray(value)) return value.map(restore)
  if (value === null || typeof value !== 'object') return value
  for (const [key, inner] of Object.entries(value)) define(value, key, restore(inner))
  return value
}

// Plain assignment to `__proto__` would change the prototype instead of the property.
export function define(target: object, key: string, value: unknown): void {
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
