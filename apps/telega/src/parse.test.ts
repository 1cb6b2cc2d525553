import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCommand } from './parse.js'

describe('parseCommand', () => {
  it.each([
    ['/get_keys', { name: 'get_keys', words: [] }],
    ['/GET_KEYS@keeper now', { name: 'get_keys', words: ['now'] }],
    ['/put a "b c" key="d e"', { name: 'put', words: ['a', 'b c', 'key=d e'] }],
    ['/put «b c» “d e” „f g“', { name: 'put', words: ['b c', 'd e', 'f g'] }],
    ['/put ""', { name: 'put', words: [''] }],
    ['/put "never closed', { name: 'put', words: ['never closed'] }],
    ['/put\n a\t\n b', { name: 'put', words: ['a', 'b'] }],
  ])('reads %j', (text, spoken) => {
    expect(parseCommand(text)).toEqual(spoken)
  })

  it.each(['', 'get_keys', ' /get_keys', '/', '/1', '//', '/get-keys', '/get_keys.', '/é', `/${'a'.repeat(33)}`, `/a ${'b'.repeat(4096)}`])(
    'takes %j for no command',
    (text) => {
      expect(parseCommand(text)).toBeUndefined()
    },
  )

  it('never throws, and never gives a word that was not typed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string().map((text) => `/a ${text}`)), (text) => {
        const spoken = parseCommand(text)
        for (const word of spoken?.words ?? []) for (const char of word) expect(text).toContain(char)
      }),
    )
  })

  it('gives back every word that was put in quotes', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('"'))
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        expect(parseCommand(`/say ${words.map((one) => `"${one}"`).join(' ')}`)).toEqual({ name: 'say', words })
      }),
    )
  })
})
