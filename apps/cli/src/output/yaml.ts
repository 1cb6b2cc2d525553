import { RawNumber } from '@chatelaine/sdk'
import { Document, Scalar, type ScalarTag } from 'yaml'
import { stringifyString } from 'yaml/util'
import { naturalOrder } from './natural-order.js'

/**
 * YAML with sorted keys, as Vault prints it, that readers of version 1.1 (Ansible, Ruby, PyYAML) and of 1.2 understand alike: a text that
 * either could take for something else is quoted, and numbers have the one form that both read. Number literals are kept.
 */
export const yamlText = (value: unknown): string =>
  new Document(prepared(value), { customTags: (tags) => [text, numeral, ...tags], aliasDuplicateObjects: false }).toString({ lineWidth: 0, indentSeq: false })

function prepared(value: unknown): unknown {
  if (typeof value === 'number') return new Numeral(JSON.stringify(value))
  if (value instanceof RawNumber) return new Numeral(value.literal)
  if (Array.isArray(value)) return value.map(prepared)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined).sort(([a], [b]) => naturalOrder(a, b))
  return new Map(entries.map(([key, inner]) => [key, prepared(inner)]))
}

/** A number as JSON writes it. */
class Numeral {
  readonly literal: string

  constructor(literal: string) {
    this.literal = literal
  }
}

/** YAML 1.1 takes `1e3` and `1.0e3` for texts: a fraction needs its point and an exponent its sign. */
function numeralText(literal: string): string {
  const [, sign = '', whole = '', fraction, exponent] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? []
  if (fraction === undefined && exponent === undefined) return literal
  const power = exponent === undefined ? '' : `e${/^[+-]/.test(exponent) ? '' : '+'}${exponent}`
  return `${sign}${whole}.${fraction ?? '0'}${power}`
}

const numeral: ScalarTag = {
  tag: 'tag:chatelaine,2026:numeral',
  default: true,
  identify: (value) => value instanceof Numeral,
  resolve: (literal) => literal,
  stringify: ({ value }) => numeralText((value as Numeral).literal),
}

const text: ScalarTag = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  identify: (value) => typeof value === 'string',
  resolve: (given) => given,
  stringify: (item, context, onComment, onChompKeep) => {
    const value = String(item.value)
    if (isPlain(value)) return value
    // A block that nothing encloses is not indented, which version 1.1 refuses.
    if (context.implicitKey || context.inFlow || context.indent === '' || !isBlock(value)) return quoted(value)
    const literal = new Scalar(value)
    literal.type = Scalar.BLOCK_LITERAL
    return stringifyString(literal, context, onComment, onChompKeep)
  },
}

/** Words of letters, digits and a few signs that have no meaning to any reader. Whatever begins with a digit or a sign could be a number or a date. */
const harmless = /^[A-Za-z_/][\w./@+-]*(?:(?:,? |[:=,;])[\w./@+-]+)*$/

/** Of these, the words that YAML 1.1 or 1.2 reads as something else than a text. */
const meaningful = /^(?:y|yes|n|no|true|false|on|off|null|nan|inf)$/i

function isPlain(value: string): boolean {
  return harmless.test(value) && !meaningful.test(value) && value.length < 1000
}

/** Lines that a block keeps as they are: no blanks at the edges, and no sign that a reader takes for a line's end or refuses. */
function isBlock(value: string): boolean {
  return value.includes('\n') && !/^\s|[^\S\n]\n|[^\S\n]$|\t|[^\n\x20-\x7e\xa0-\u2027\u2030-\ud7ff\ue000-\ufefe\uff00-\uffef]/.test(value)
}

/** JSON's form is YAML's double-quoted one; what JSON leaves bare and YAML readers refuse, or take for a line's end, is escaped. */
const quoted = (value: string): string =>
  JSON.stringify(value).replace(/[\x7f-\xa0\u2028-\u2029\ufeff\ufffe\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
