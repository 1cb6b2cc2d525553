/** Input as a handler gets it: by name, values as they were sent. */
export type Input = Record<string, unknown>

/**
 * Reads `a=1&b=2` as query strings and forms write it: `+` is a space, a repeated name becomes a list. Throws URIError
 * on a bad escape. A name such as `__proto__` becomes a property like any other.
 */
export function readPairs(text: string): Input {
  const input: Input = {}
  if (text === '') return input
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    add(input, decode(at < 0 ? pair : pair.slice(0, at)), at < 0 ? '' : decode(pair.slice(at + 1)))
  }
  return input
}

const decode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))

function add(input: Input, name: string, value: string): void {
  const known = Object.hasOwn(input, name) ? input[name] : undefined
  if (Array.isArray(known)) known.push(value)
  else if (known !== undefined) input[name] = [known, value]
  else Object.defineProperty(input, name, { value, writable: true, enumerable: true, configurable: true })
}
