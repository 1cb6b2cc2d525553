import { type ObjectValue, type Value } from './ast.js'

export type Plain = string | number | boolean | null | readonly Plain[] | PlainObject
export interface PlainObject {
  readonly [key: string]: Plain
}

/** What is written under each name, in order; every label of one block opens the same branch. */
type Branch = Map<string, Occurrences>
interface Occurrences {
  readonly all: (Branch | Plain)[]
  open?: Branch
}

/**
 * The value without positions. Labels become keys of nested objects; what is written more than once under one
 * name becomes a list, in order. The objects have no prototype, so a key named `__proto__` is only a key.
 */
export function toPlain(value: ObjectValue): PlainObject
export function toPlain(value: Value): Plain
export function toPlain(value: Value): Plain {
  if (value.kind === 'null') return null
  if (value.kind === 'list') return value.items.map((item) => toPlain(item))
  if (value.kind !== 'object') return value.value

  const top: Branch = new Map()
  for (const { key, labels, value: inner } of value.entries) {
    const path = [key, ...labels].map(({ name }) => name)
    const last = path.pop() ?? ''
    occurrences(path.reduce(branch, top), last).all.push(toPlain(inner))
  }
  return flatten(top)
}

function occurrences(within: Branch, name: string): Occurrences {
  const known = within.get(name)
  if (known) return known
  const fresh: Occurrences = { all: [] }
  within.set(name, fresh)
  return fresh
}

function branch(within: Branch, name: string): Branch {
  const here = occurrences(within, name)
  if (here.open) return here.open
  here.open = new Map()
  here.all.push(here.open)
  return here.open
}

function flatten(tree: Branch): PlainObject {
  const object: Record<string, Plain> = Object.create(null)
  for (const [name, { all }] of tree) {
    const plain = all.map((one) => (one instanceof Map ? flatten(one) : one))
    object[name] = plain.length === 1 ? plain[0]! : plain
  }
  return object
}
