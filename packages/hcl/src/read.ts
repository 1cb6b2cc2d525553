import { type Entry, type Key, type ObjectValue, type Value } from './ast.js'
import { HclError, type Position } from './errors.js'

const names = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
  list: 'a list',
  object: 'an object',
} as const

function mismatch(wanted: string, found: Value): HclError {
  return new HclError(`expected ${wanted}, found ${names[found.kind]}`, found.at)
}

export function asString(value: Value): string {
  if (value.kind !== 'string') throw mismatch('a string', value)
  return value.value
}

/** A number, or a string that is one: HCL1's users quote freely. */
export function asNumber(value: Value): number {
  if (value.kind === 'number') return value.value
  if (value.kind !== 'string') throw mismatch('a number', value)
  if (!/^-?\d+(\.\d+)?$/.test(value.value)) throw new HclError('expected a number', value.at)
  return Number(value.value)
}

/** `true`, `"true"` and `1` alike, as Vault's configuration files have it. */
export function asBoolean(value: Value): boolean {
  if (value.kind === 'boolean') return value.value
  const text = value.kind === 'number' ? value.text : value.kind === 'string' ? value.value : undefined
  if (text === 'true' || text === '1') return true
  if (text === 'false' || text === '0') return false
  throw new HclError('expected true or false', value.at)
}

export function asList(value: Value): readonly Value[] {
  if (value.kind !== 'list') throw mismatch('a list', value)
  return value.items
}

export function asStrings(value: Value): string[] {
  return asList(value).map(asString)
}

/** An object, also as a list of one: converters from HCL to JSON wrap every block so. */
export function asObject(value: Value): ObjectValue {
  const only = value.kind === 'list' && value.items.length === 1 ? value.items[0]! : value
  if (only.kind !== 'object') throw mismatch('an object', only)
  return only
}

/** What to do with each key: those under `once` may come one time, those under `many` any number of times. */
export interface Readers {
  readonly once?: Readonly<Record<string, (value: Value, entry: Entry) => void>>
  readonly many?: Readonly<Record<string, (entry: Entry) => void>>
}

/** Visits the entries in order. A key nobody reads is refused where it stands; so is a second one of `once`. */
export function readEntries(object: ObjectValue, { once = {}, many = {} }: Readers): void {
  const seen = new Set<string>()
  for (const entry of object.entries) {
    const { name, at } = entry.key
    const single = Object.hasOwn(once, name) ? once[name] : undefined
    const repeated = Object.hasOwn(many, name) ? many[name] : undefined
    if (repeated) repeated(entry)
    else if (!single) throw new HclError('invalid key', at, `invalid key ${JSON.stringify(name)}`)
    else {
      if (seen.has(name)) throw new HclError('a key is set twice', at, `${JSON.stringify(name)} is set twice`)
      if (entry.labels[0]) throw new HclError('a key that takes no label has one', entry.labels[0].at, `${JSON.stringify(name)} takes no label`)
      seen.add(name)
      single(entry.value, entry)
    }
  }
}

/** A block with its one label, however it was written. */
export interface Labelled {
  readonly label: Key
  readonly body: ObjectValue
}

/**
 * The blocks an entry stands for. `path "a" { … }`, `path { "a" { … } }`, JSON's `"path": { "a": { … } }` and a
 * list of such objects all say the same.
 */
export function labelled({ key, labels, value }: Entry): Labelled[] {
  const [label, extra] = labels
  const oneLabel = (at: Position) => new HclError('a block that takes one label has more', at, `${JSON.stringify(key.name)} takes one label`)
  if (extra) throw oneLabel(extra.at)
  if (label) return bodies(label, value)

  const groups = value.kind === 'list' ? value.items : [value]
  return groups.flatMap((group) => {
    if (group.kind !== 'object') throw mismatch('an object', group)
    return group.entries.flatMap((inner) => {
      if (inner.labels[0]) throw oneLabel(inner.labels[0].at)
      return bodies(inner.key, inner.value)
    })
  })
}

function bodies(label: Key, value: Value): Labelled[] {
  const all = value.kind === 'list' ? value.items : [value]
  return all.map((body) => {
    if (body.kind !== 'object') throw mismatch('an object', body)
    return { label, body }
  })
}
