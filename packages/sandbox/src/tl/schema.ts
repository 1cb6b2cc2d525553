import { Malformed } from '../errors.js'
import type { Definition, TlObject } from './definition.js'
import { mtcuteSchema } from './json.js'
import { readObject, type Read } from './reader.js'
import { parseTl } from './text.js'
import { writeObject, writeVector, type Names } from './writer.js'

/** What old clients still send in the key exchange, and mtcute's own schema has dropped. */
const PROOF = 'pq:bytes p:bytes q:bytes nonce:int128 server_nonce:int128 new_nonce:int256'
const OLD_MTPROTO = `
mt_p_q_inner_data#83c95aec ${PROOF} = P_Q_inner_data;
mt_p_q_inner_data_temp#3c6a84d4 ${PROOF} expires_in:int = P_Q_inner_data;
mt_req_pq#60469778 nonce:int128 = ResPQ;
`

/**
 * TL for every client at once. A constructor's id is a checksum of its layout, so one table of ids reads all layers;
 * a name means a different layout in each, so writing asks for whom.
 */
export class Schema {
  readonly layer: number
  readonly #byId = new Map<number, Definition>()
  readonly #layers = new Map<number, Layer>()
  readonly #base: Layer
  readonly #smallFields = new Set<string>()

  constructor() {
    const { layer, api, mtproto } = mtcuteSchema()
    this.layer = layer
    this.#base = new Layer([...api, ...mtproto, ...parseTl(OLD_MTPROTO, () => false)])
    this.#layers.set(layer, this.#base)
    this.#remember(this.#base)
    for (const { name, fields } of this.#base.definitions) {
      const numbers = fields.filter(({ type }) => type === 'int53')
      for (const { raw } of numbers) this.#smallFields.add(`${name}.${raw}`).add(raw)
    }
    this.#smallFields.delete('id')
  }

  knows(layer: number): boolean {
    return this.#layers.has(layer)
  }

  /** Learns another client's layer from its TL text. What the text leaves out is written as in our own layer. */
  addLayer(layer: number, text: string): void {
    const small = (owner: string, field: string) =>
      this.#smallFields.has(`${owner}.${field}`) || this.#smallFields.has(field)
    const added = new Layer(parseTl(text, small), this.#base)
    this.#layers.set(layer, added)
    this.#remember(added)
  }

  read(bytes: Uint8Array): Read {
    return readObject(bytes, (id) => this.#byId.get(id))
  }

  /** The one object that `bytes` hold, which must be a constructor rather than a vector or a truth value. */
  object(bytes: Uint8Array): TlObject {
    const { value } = this.read(bytes)
    if (isObject(value)) return value
    throw new Malformed('an object was due')
  }

  write(value: unknown, layer = this.layer): Uint8Array {
    return writeObject(this.#names(layer), value)
  }

  /** What `method` answers; the method says whether an array is a vector of objects or of numbers. */
  writeAnswer(method: string, value: unknown, layer = this.layer): Uint8Array {
    const names = this.#names(layer)
    if (!Array.isArray(value)) return writeObject(names, value)
    return writeVector(names, this.#base.byName(method)?.type ?? 'Object', value)
  }

  #names(layer: number): Names {
    return this.#layers.get(layer) ?? this.#base
  }

  #remember({ definitions }: Layer): void {
    for (const definition of definitions) {
      if (!this.#byId.has(definition.id)) this.#byId.set(definition.id, definition)
    }
  }
}

const isObject = (value: unknown): value is TlObject =>
  typeof value === 'object' && value !== null && '_' in value && typeof value._ === 'string'

class Layer implements Names {
  readonly definitions: readonly Definition[]
  readonly #base: Layer | undefined
  readonly #names = new Map<string, Definition>()
  readonly #types = new Map<string, Definition[]>()

  constructor(definitions: readonly Definition[], base?: Layer) {
    this.definitions = definitions
    this.#base = base
    for (const definition of definitions) {
      this.#names.set(definition.name, definition)
      if (definition.method) continue
      this.#types.set(definition.type, [...(this.#types.get(definition.type) ?? []), definition])
    }
  }

  byName(name: string): Definition | undefined {
    return this.#names.get(name) ?? this.#base?.byName(name)
  }

  ofType(type: string): readonly Definition[] {
    return this.#types.get(type) ?? this.#base?.ofType(type) ?? []
  }
}
