import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parts } from './parts.js'

it('leaves what fits in one message as it is', () => {
  expect(parts('a\n'.repeat(2047) + 'ab')).toEqual(['a\n'.repeat(2047) + 'ab'])
})

it('cuts at the end of a line where there is one', () => {
  expect(parts('one\ntwo\nthree', 8)).toEqual(['one\ntwo', 'three'])
})

it('never cuts inside a character, makes no part too long, and loses nothing but ends of lines and blank parts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 2, max: 20 }), (text, most) => {
      const made = parts(text, most)

      for (const part of made) {
        expect(part.length).toBeLessThanOrEqual(most)
        expect(() => encodeURIComponent(part)).not.toThrow()
      }
      expect(made.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''))
    }),
  )
})
