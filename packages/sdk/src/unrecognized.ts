import type { Path } from './engine.js'
import { fieldsOf } from './fields.js'

/** The fields that a path's operations declare, all together: worked out once for each path. */
const known = new WeakMap<Path, ReadonlySet<string>>()

interface Asked {
  readonly path: Path
  readonly operation: { readonly input?: unknown }
  readonly params: Readonly<Record<string, string>>
}

/**
 * Vault's warnings about fields that did nothing: those that nobody declared, and those whose value the path itself gives. They go with an
 * answer that has something to say, never into one that is empty.
 */
export function unrecognized({ path, operation, params }: Asked, input: Readonly<Record<string, unknown>>): readonly string[] {
  if (takesAnything(operation.input)) return []
  const fields = known.get(path) ?? fieldsIn(path)
  const ignored = Object.keys(input).filter((name) => !fields.has(name) && !Object.hasOwn(params, name))
  const replaced = Object.keys(input).filter((name) => Object.hasOwn(params, name) && input[name] !== null && input[name] !== undefined)
  return [
    ...(ignored.length > 0 ? [`Endpoint ignored these unrecognized parameters: [${named(ignored)}]`] : []),
    ...(replaced.length > 0 ? [`Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [${replaced.sort().join(' ')}]`] : []),
  ]
}

/** More tell nothing new. */
const mostNamed = 20

/** In order, without what looks like no name: a secret that is sent in place of a form becomes a name of one. */
function named(ignored: readonly string[]): string {
  const names = ignored.filter((name) => /^[\w-]{1,64}$/.test(name)).sort()
  if (names.length > mostNamed) return `${names.slice(0, mostNamed).join(' ')} and ${ignored.length - mostNamed} more`
  return [...names, ...(names.length < ignored.length ? ['…'] : [])].join(' ')
}

const takesAnything = (schema: unknown) => typeof schema === 'object' && schema !== null && !('properties' in schema)

function fieldsIn(path: Path): ReadonlySet<string> {
  const names = Object.values(path.operations).flatMap(({ input }) => fieldsOf(input).map(([name]) => name))
  const fields = new Set(names)
  known.set(path, fields)
  return fields
}
