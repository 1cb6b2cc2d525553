import { type Position } from './errors.js'

/** A document is an object value. HCL and JSON of the same content differ only in positions and in labels. */
export type Value = StringValue | NumberValue | BooleanValue | NullValue | ListValue | ObjectValue

export interface StringValue {
  readonly kind: 'string'
  readonly value: string
  readonly at: Position
}

/** `text` is the number as written: a literal too long for a double loses nothing there. */
export interface NumberValue {
  readonly kind: 'number'
  readonly value: number
  readonly text: string
  readonly at: Position
}

export interface BooleanValue {
  readonly kind: 'boolean'
  readonly value: boolean
  readonly at: Position
}

/** Only JSON has it. */
export interface NullValue {
  readonly kind: 'null'
  readonly at: Position
}

export interface ListValue {
  readonly kind: 'list'
  readonly items: readonly Value[]
  readonly at: Position
}

/** Entries keep their order, and a key written twice is there twice: what that means is the reader's to say. */
export interface ObjectValue {
  readonly kind: 'object'
  readonly entries: readonly Entry[]
  readonly at: Position
}

/** `key = value` has no labels; `listener "tcp" { … }` has the key `listener` and one label. */
export interface Entry {
  readonly key: Key
  readonly labels: readonly Key[]
  readonly value: Value
}

export interface Key {
  readonly name: string
  readonly at: Position
}
