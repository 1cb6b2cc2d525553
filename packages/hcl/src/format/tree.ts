/** A text as a layout needs it: values as they were written, comments, and where each of them stands. */

export interface Place {
  readonly offset: number
  readonly line: number
}

export interface Comment extends Place {
  readonly text: string
  readonly endLine: number
}

/** Comments that belong together: on one line, or on lines that follow one another. */
export interface Group {
  readonly comments: readonly Comment[]
}

/** Comments of a value or an item: those right above it, and those behind it on its line. */
interface Commented {
  lead?: Group | undefined
  trail?: Group | undefined
}

export interface Literal extends Place, Commented {
  readonly kind: 'literal'
  /** As written; a heredoc from its `<<` to its closing mark. */
  readonly text: string
  readonly heredoc: boolean
}

export interface List extends Place {
  readonly kind: 'list'
  readonly items: readonly Node[]
}

export interface Block extends Place {
  readonly kind: 'block'
  readonly items: readonly Item[]
  readonly end: Place
}

export type Node = Literal | List | Block

/** `key = value`, or `key "label" { … }`. */
export interface Item extends Place, Commented {
  readonly keys: readonly string[]
  readonly assigned: boolean
  readonly value: Node
}

export interface Tree {
  readonly items: readonly Item[]
  /** Comments that belong to nothing, in their order. */
  readonly loose: readonly Group[]
  readonly comments: readonly Comment[]
}
