import { defineErrors } from './errors.js'

/** How much structure a JSON text may have. Vault's settings of these names, and its sentences. */
export interface JsonLimits {
  /** The deepest nesting of objects and arrays. */
  readonly depth: number
  /** Bytes of one string, a name included, as UTF-8 and without its escapes. */
  readonly stringBytes: number
  readonly objectEntries: number
  readonly arrayElements: number
  /** Names, values, and brackets, in the whole text: lists in lists would multiply what each may hold. */
  readonly tokens: number
}

export const defaultJsonLimits: JsonLimits = {
  depth: 300,
  stringBytes: 1024 * 1024,
  objectEntries: 10_000,
  arrayElements: 10_000,
  tokens: 500_000,
}

export const noJsonLimits: JsonLimits = {
  depth: Infinity,
  stringBytes: Infinity,
  objectEntries: Infinity,
  arrayElements: Infinity,
  tokens: Infinity,
}

/** Why a JSON text is not read. No sentence repeats anything of the text. */
export const JsonError = defineErrors('json', {
  invalid: { status: 400, text: () => 'invalid JSON' },
  notUtf8: { status: 400, text: () => 'not UTF-8' },
  tooDeep: { status: 400, text: () => 'JSON input exceeds allowed nesting depth' },
  longString: { status: 400, text: () => 'JSON string value exceeds allowed length' },
  manyEntries: { status: 400, text: () => 'JSON object exceeds allowed entry count' },
  manyElements: { status: 400, text: () => 'JSON array exceeds allowed element count' },
  manyTokens: { status: 400, text: () => 'JSON payload exceeds allowed token count' },
})
