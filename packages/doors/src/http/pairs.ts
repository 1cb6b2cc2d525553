/** Input as a handler gets it: by name, values as they were sent. */
export type Input = Record<string, unknown>

/**
 * Reads `a=1&b=2` as query strings and forms write it: `+` is a space, a repeated name becomes a list. Throws URIError
 * on a bad escape. A name such as `__proto__` becomes a property like any other.
 */
export function readPairs(text: string): Input {
  const input: Input = {}
  if (text === '') return input
  for (const pair of text.split('&')) if (pair !== '') addPair(input, pair)
  return input
}

/** Adds one pair, and tells it decoded and how many of its name there are by now. */
export function addPair(input: Input, pair: string): { readonly name: string; readonly value: string; readonly among: number } {
  const at = pair.indexOf('=')
  const name = decode(at < 0 ? pair : pair.slice(0, at))
  const value = at < 0 ? '' : decode(pair.slice(at + 1))
  return { name, value, among: add(input, name, value) }
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  return spaced.includes('%') ? decodeURIComponent(spaced) : spaced
}

function add(input: Input, name: string, value: string): number {
  const known = Object.hasOwn(input, name) ? input[name] : undefined
  if (Array.isArray(known)) return known.push(value)
  if (known !== undefined) {
    input[name] = [known, value]
    return 2
  }
  Object.defineProperty(input, name, { value, writable: true, enumerable: true, configurable: true })
  return 1
}
