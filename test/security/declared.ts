import { fieldsOf, type AnyOperation, type Path, type Verb } from '@chatelaine/sdk'
import type { Declared } from '@chatelaine/core/testing'

/** One verb at one declared path of one mount. */
export interface Offered {
  /** The mount's, with its slash. */
  readonly mount: string
  readonly path: Path
  readonly verb: Verb
  readonly operation: AnyOperation
}

/** All that can be asked of a server, as its engines declare it. */
export const offeredBy = (mounts: readonly Declared[]): Offered[] =>
  mounts.flatMap(({ address, engine }) =>
    engine.paths.flatMap((path) => Object.entries(path.operations).map(([verb, operation]) => ({ mount: address, path, verb: verb as Verb, operation }))),
  )

/** How a test names an offer: `delete sys/mounts/{path+}`. */
export const titleOf = ({ mount, path, verb }: Offered): string => `${verb} ${mount}${path.template}`

/** Names of the parameters in an address. */
export const paramsIn = (template: string): string[] => [...template.matchAll(/\{(\w+)[+*]?\}/g)].map(([, name = '']) => name)

/** An input that a schema accepts, made of `word` where any text will do. What an operation wants in particular stands in `wanted`. */
export function sampleInput(offered: Offered, word: string): Record<string, unknown> {
  const particular = wanted[`${offered.mount}${offered.path.template}`]
  if (particular) return { ...particular }
  const { input } = offered.operation as { input?: Parameters<typeof fieldsOf>[0] & { required?: readonly string[] } }
  const fields = fieldsOf(input)
  if (input && fields.length === 0 && !('properties' in input)) return { a: word }
  return Object.fromEntries(fields.filter(([name]) => input?.required?.includes(name)).map(([name, shape]) => [name, sample(shape, word)]))
}

/** The same with every declared field. */
export function fullInput(offered: Offered, word: string): Record<string, unknown> {
  const { input } = offered.operation as { input?: Parameters<typeof fieldsOf>[0] }
  return { ...fieldsIn(input, word), ...sampleInput(offered, word) }
}

/** Fields that a request may bring: the declared ones, or one of any name where any are taken. */
export function fieldNames({ operation }: Offered): string[] {
  const { input } = operation as { input?: Parameters<typeof fieldsOf>[0] }
  const names = fieldsOf(input).map(([name]) => name)
  return names.length > 0 || !input || 'properties' in input ? names : ['a']
}

type Shape = ReturnType<typeof fieldsOf>[number][1]

const fieldsIn = (schema: Parameters<typeof fieldsOf>[0], word: string) => Object.fromEntries(fieldsOf(schema).map(([name, shape]) => [name, sample(shape, word)]))

function sample(shape: Shape, word: string): unknown {
  const { vault, type, unsettable, anyOf } = shape
  if (unsettable && anyOf?.[0]) return sample(anyOf[0], word)
  switch (vault ?? type) {
    case 'strings':
      return [word]
    case 'integers':
      return [1]
    case 'pairs':
    case 'pairs-patch':
      return { a: word }
    case 'duration':
    case 'lease-ttl':
    case 'loose-integer':
    case 'integer':
    case 'number':
      return 1
    case 'boolean':
      return true
    case 'object':
      return 'properties' in shape ? fieldsIn(shape, word) : { a: word }
    default:
      return word
  }
}

const policy = 'path "a" { capabilities = ["read"] }'
const wanted: Readonly<Record<string, Record<string, unknown>>> = {
  'sys/mounts/{path+}': { type: 'kv' },
  'sys/auth/{path+}': { type: 'telegram' },
  'sys/audit/{path+}': { type: 'tape' },
  'sys/policy/{name+}': { policy },
  'sys/policies/acl/{name+}': { policy },
  'versioned/data/{path+}': { data: { a: 'b' } },
  'versioned/delete/{path+}': { versions: [1] },
  'versioned/undelete/{path+}': { versions: [1] },
  'versioned/destroy/{path+}': { versions: [1] },
  'versioned/metadata/{path+}': { custom_metadata: { a: 'b' } },
}
