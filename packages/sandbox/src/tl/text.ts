import { camelCase, type Definition, type Field } from './definition.js'

/** Built into the language, written by hand in every reader, and so left out of the tables. */
const BUILT_IN = new Set(['vector', 'boolTrue', 'boolFalse', 'true', 'null'])

/**
 * Definitions from TL text, as clients ship it (https://core.telegram.org/mtproto/TL-formal). `small` says which longs
 * fit 53 bits (ids and the like): the text does not, and objects must look alike whoever wrote their schema.
 */
export function parseTl(text: string, small: (constructor: string, field: string) => boolean): Definition[] {
  let method = false
  const found: Definition[] = []
  for (const raw of text.split('\n')) {
    const line = raw.replace(/\/\/.*/, '').trim()
    if (line === '---functions---') method = true
    else if (line === '---types---') method = false
    else {
      const parsed = parseLine(line, method, small)
      if (parsed) found.push(parsed)
    }
  }
  return found
}

function parseLine(line: string, method: boolean, small: (constructor: string, field: string) => boolean) {
  const match = /^([\w.]+)#([0-9a-f]+)\s+(?:\{[^}]*\}\s*)*(.*?)\s*=\s*([^;]+);$/.exec(line)
  if (!match) return undefined
  const [, name = '', id = '', fields = '', result = ''] = match
  if (BUILT_IN.has(name)) return undefined
  const { type, vector } = unwrapVector(result.trim())
  return {
    name,
    id: Number.parseInt(id, 16) >>> 0,
    method,
    type,
    vector: vector !== undefined,
    fields: fields.split(/\s+/).filter((part) => part.includes(':')).map((part) => parseField(name, part, small)),
  }
}

function parseField(owner: string, part: string, small: (constructor: string, field: string) => boolean): Field {
  const [raw = '', declared = ''] = part.split(':')
  const conditional = /^(\w+)\.(\d+)\?(.+)$/.exec(declared)
  const { type, vector } = unwrapVector(conditional?.[3] ?? declared)
  return {
    name: camelCase(raw),
    raw,
    type: type === 'long' && small(owner, raw) ? 'int53' : type,
    ...(conditional && { flag: { word: conditional[1] ?? '', bit: Number(conditional[2]) } }),
    ...(vector && { vector }),
  }
}

/** `Vector<T>` is written with its own id before it, `vector<T>` in arguments too: only `vector<%T>` is truly bare. */
function unwrapVector(type: string): { type: string; vector?: 'boxed' } {
  const inner = /^[Vv]ector<(.+)>$/.exec(type)?.[1] ?? /^Vector\s+(.+)$/.exec(type)?.[1]
  return inner ? { type: inner, vector: 'boxed' } : { type }
}
