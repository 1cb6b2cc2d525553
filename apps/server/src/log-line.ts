/**
 * One line of the log for people, from one of pino's: `2026-11-23T09:15:29.123Z [INFO]  vault is unsealed: mount=kv/`.
 * What was logged stays on its line whatever it holds: control characters come out escaped, as in the JSON it came from.
 */
export function standardLine(json: string): string {
  const { time, level, msg = '', ...facts } = JSON.parse(json) as Readonly<Record<string, unknown>>
  const head = `${word(time)} ${`[${word(level).toUpperCase()}]`.padEnd(7)} ${escaped(word(msg))}`
  const told = Object.entries(facts).flatMap(([name, fact]) => shown(name, fact))
  return told.length > 0 ? `${head}: ${told.join(' ')}\n` : `${head}\n`
}

/** `name=value`; the fields of an object one by one, as `error.code=barrier.tampered`. */
function shown(name: string, fact: unknown): string[] {
  if (typeof fact !== 'object' || fact === null || Array.isArray(fact)) return [`${escaped(name)}=${written(fact)}`]
  return Object.entries(fact).flatMap(([inner, value]) => shown(`${name}.${inner}`, value))
}

const written = (value: unknown) => (typeof value === 'string' && /^[\x21\x23-\x7e]+$/.test(value) ? value : JSON.stringify(value))

const word = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

const escaped = (text: string) => JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')
