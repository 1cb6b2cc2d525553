import { path, reply } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { isFields } from './merge-patch.js'
import { SubkeysVersion, Which, type Data } from './schemas.js'
import { readVersion } from './values.js'

export const subkeys = path('subkeys/{path+}', 'The shape of a secret: its keys, without a value.').read({
  summary: "Read a secret's keys.",
  id: 'kv-read-subkeys-path',
  input: T.Object({
    version: Which,
    depth: T.Optional(T.Integer({ minimum: 0, description: 'How many levels of keys; 0 is all of them.' })),
  }),
  output: SubkeysVersion,
  async handle(call) {
    const shown = await readVersion(call, call.params.path, call.input.version)
    if (!shown) return undefined
    if (!shown.data) return reply({ status: 404, data: { subkeys: null, metadata: shown.info } })
    return { subkeys: keysOf(shown.data, call.input.depth || Infinity), metadata: shown.info }
  },
})

/** Every leaf becomes null, and so does what lies deeper than `depth`: no value may come through. */
const keysOf = (data: Data, depth: number): Data =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      const open = isFields(value) && depth > 1 && Object.keys(value).length > 0
      return [key, open ? keysOf(value, depth - 1) : null]
    }),
  )
