import fc from 'fast-check'
import { expect, it } from 'vitest'
import { JsonReader, parseJson } from '@chatelaine/sdk'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What was made of it, or that it was refused. */
const outcome = (make: () => unknown) => {
  try {
    return { value: make() }
  } catch {
    return 'refused'
  }
}

function inPieces(bytes: Uint8Array, sizes: readonly number[]): unknown {
  const reader = new JsonReader()
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = at + (sizes[i % sizes.length] ?? 1)
    reader.push(bytes.subarray(at, end))
    at = end
  }
  return reader.end()
}

const text = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
  fc.constantFrom('{"a":[1.0,-0,1e400,"\\ud83d\\ude00","\\ud800"],"a":{}}', '[12345678901234567890,true,false,null]', '{"__proto__":{"x":"é😀"}}', ' [ ] ', '"\\u0000\\\\\\""'),
)
const change = fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(2), fc.oneof(fc.uint8Array({ maxLength: 2 }), fc.constantFrom(...['"', '\\', ',', ']', '}', '{', '[', ':', '-', '.', 'e', '0', ' '].map((c) => Uint8Array.of(c.charCodeAt(0))))))
const damaged = fc.tuple(text, fc.array(change, { maxLength: 3 })).map(([whole, changes]) =>
  changes.reduce<Uint8Array>((bytes, [at, drop, put]) => {
    const i = Math.floor(at * bytes.length)
    return Buffer.concat([bytes.subarray(0, i), put, bytes.subarray(i + drop)])
  }, Buffer.from(whole)),
)

it('whatever the bytes and wherever they are cut, the reader makes of them what the parser makes, or both refuse', () => {
  fc.assert(
    fc.property(damaged, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), (bytes, sizes) => {
      expect(outcome(() => inPieces(bytes, sizes))).toEqual(outcome(() => parseJson(strict.decode(bytes))))
    }),
    { numRuns: 3000 },
  )
})
