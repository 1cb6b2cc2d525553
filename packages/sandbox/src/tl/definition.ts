/** One field of a constructor, as its schema line gives it. */
export interface Field {
  /** As objects carry it, in camel case; `raw` is the schema's own spelling, which flags are referred to by. */
  readonly name: string
  readonly raw: string
  /** `int`, `string`, …, `#` for a word of flags, `true` for a flag that is its own value; else a boxed type. */
  readonly type: string
  readonly flag?: { readonly word: string; readonly bit: number }
  readonly vector?: 'boxed' | 'bare'
  /** Set when the value is written without its constructor id, which is this one. */
  readonly bare?: number
}

/** A constructor or method: a number on the wire, a name and fields in memory. https://core.telegram.org/mtproto/TL */
export interface Definition {
  readonly name: string
  readonly id: number
  readonly method: boolean
  readonly fields: readonly Field[]
  /** The type a constructor belongs to, or a method answers with. */
  readonly type: string
  readonly vector: boolean
}

/** Any TL object in memory. The fields are those of the definition with this name. */
export interface TlObject {
  readonly _: string
}

export const camelCase = (name: string) => name.replace(/_([a-z0-9])/gi, (_, next: string) => next.toUpperCase())
