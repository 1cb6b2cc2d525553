import { createRequire } from 'node:module'
import { camelCase, type Definition, type Field } from './definition.js'

interface JsonField {
  readonly name: string
  readonly type: string
  readonly typeModifiers?: {
    readonly predicate?: string
    readonly isVector?: boolean
    readonly isBareVector?: boolean
    readonly isBareType?: boolean
    readonly constructorId?: number
  }
}

interface JsonEntry {
  readonly kind: 'class' | 'method'
  readonly name: string
  readonly id: number
  readonly type: string
  readonly typeModifiers?: { readonly isVector?: boolean }
  readonly arguments: readonly JsonField[]
}

interface ApiSchema {
  readonly l: number
  readonly e: readonly JsonEntry[]
}

/** The schema mtcute was built from. Its generated readers know no methods, and a server reads little else. */
export function mtcuteSchema(): { layer: number; api: Definition[]; mtproto: Definition[] } {
  const require = createRequire(import.meta.url)
  const api = require('@mtcute/core/tl/api-schema.json') as ApiSchema
  const mtproto = require('@mtcute/core/tl/mtp-schema.json') as readonly JsonEntry[]
  return { layer: api.l, api: api.e.map(definition), mtproto: mtproto.map(definition) }
}

function definition(entry: JsonEntry): Definition {
  return {
    name: entry.name,
    id: entry.id >>> 0,
    method: entry.kind === 'method',
    type: entry.type,
    vector: entry.typeModifiers?.isVector ?? false,
    fields: entry.arguments.map(field),
  }
}

function field({ name, type, typeModifiers: modifiers }: JsonField): Field {
  const [word, bit] = modifiers?.predicate?.split('.') ?? []
  return {
    name: camelCase(name),
    raw: name,
    type,
    ...(word && bit && { flag: { word, bit: Number(bit) } }),
    ...(modifiers?.isVector && { vector: 'boxed' }),
    ...(modifiers?.isBareVector && { vector: 'bare' }),
    ...(modifiers?.isBareType && modifiers.constructorId && { bare: modifiers.constructorId >>> 0 }),
  }
}
