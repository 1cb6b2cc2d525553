import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from '../parse.js'
import { toPlain } from '../plain.js'
import { format } from './format.js'

/** Texts, and what hclfmt made of them. */
const recorded: readonly (readonly [what: string, text: string, laidOut: string])[] = [
  ['two blocks without a line between', 'path "a" {\ncapabilities=["read"]\n  }\npath "b" { capabilities = [ "x",\n"y"] }\n',
    'path "a" {\n  capabilities = ["read"]\n}\n\npath "b" {\n  capabilities = [\n    "x",\n    "y",\n  ]\n}\n'],
  ['equals signs in a column', 'path "a" {\n  capabilities = ["read"]\n  min_wrapping_ttl="1m"\n  x   =   1\n\n  y=2\n}\n',
    'path "a" {\n  capabilities     = ["read"]\n  min_wrapping_ttl = "1m"\n  x                = 1\n\n  y = 2\n}\n'],
  ['comments above, behind and alone', '# alone\n\n# above\npath "a" {\n  # first\n  capabilities = ["read"] # why\n  x = 1 // that\n\n  # last\n}\n',
    '# alone\n\n# above\npath "a" {\n  # first\n  capabilities = ["read"] # why\n  x            = 1        // that\n\n  # last\n}\n'],
  ['nested objects', 'path "a" {\n  allowed_parameters={\n"x"=[]\n"*" = ["a","b"]\n}\n}\n', 'path "a" {\n  allowed_parameters = {\n    "x" = []\n    "*" = ["a", "b"]\n  }\n}\n'],
  ['an empty block', 'path "a" {\n}\npath "b" { }\n\n\n\nname = "x"', 'path "a" {}\n\npath "b" {}\n\nname = "x"\n'],
  ['a list with comments', 'x = [\n  # one\n  "a", # a\n  "bbb" , # b\n "c"]\n', 'x = [\n  # one\n  "a",   # a\n\n  "bbb", # b\n  "c",\n]\n'],
  ['a heredoc', 'path "a" {\n    x = <<EOF\n  kept\n as it is\nEOF\n  y=1\n}\n', 'path "a" {\n  x = <<EOF\n  kept\n as it is\nEOF\n\n  y = 1\n}\n'],
  ['several lines of a comment', 'path "a" {\n  /* one\n     two */\n\n  x = 1\n}\n', 'path "a" {\n  /* one\n     two */\n\n  x = 1\n}\n'],
  ['comments at the end', 'x = 1\n\n# a\n# b\n\n# c\n', 'x = 1\n\n# a\n# b\n\n\n# c\n\n'],
]

describe('the layout', () => {
  it.each(recorded)('of %s is hclfmt\'s', (_, text, laidOut) => {
    expect(format(text)).toBe(laidOut)
    expect(format(laidOut)).toBe(laidOut)
  })

  it('does not depend on how lines end', () => {
    expect(format('\uFEFFpath "a" {\r\n  x=1 # c\r\n}\r\n')).toBe('path "a" {\n  x = 1 # c\n}\n')
  })

  it('keeps comments apart that hclfmt would join, and puts none behind a heredoc', () => {
    expect(format('path "a" {\n  # one\n  # two\n\n  x = 1\n}')).toBe('path "a" {\n  # one\n  # two\n\n  x = 1\n}\n')
    expect(format('path "a" { # why\n  x = <<EOF\nEOF\n}')).toBe('path "a" {\n  # why\n  x = <<EOF\nEOF\n}\n')
  })

  it.each([['path "x" {', 'expected a key or "}"'], ['path "x" {\n  }}', 'expected a key'], ['{"path":{}}', 'this is JSON']])('of %j is refused', (text, sentence) => {
    expect(() => format(text)).toThrow(sentence)
  })
})

const comment = fc.integer({ max: 99, min: 10 }).chain((n) => fc.constantFrom(`# c${n}`, `// d${n}`, `/* e${n} */`))
const gap = fc.array(comment, { maxLength: 2 }).chain((comments) => fc.constantFrom('\n', '\n\n').map((end) => ['', ...comments].join('\n') + end))
const value = fc.constantFrom('["a","b"]', '[\n"a", # x\n"b"\n]', '"t"', '5', 'true', '<<EOF\nl\nEOF', '{\nx=1 # y\n}', '{ }')
const entry = fc.tuple(fc.constantFrom('a', 'b', 'cc', '"d d"'), value, gap).map(([key, shown, after]) => `${key}=${shown}${shown.endsWith('EOF') ? '\n' : ''}${after}`)
const block = fc.tuple(fc.constantFrom('path "s/*"', 'name', 'path  "x"  "y"'), gap, fc.array(entry, { maxLength: 4 }), gap).map(([head, first, entries, after]) => `${head} {${first}${entries.join('')}}${after}`)
const texts = fc.array(block, { maxLength: 4 }).map((blocks) => blocks.join(''))

describe('a text as deep as may be', () => {
  it('takes no longer for its depth', () => {
    const text = `${'a {\nx = 1\n'.repeat(60)}${'}\n'.repeat(60)}`

    expect(format(format(text))).toBe(format(text))
  })
})

describe('any text', () => {
  it('keeps its meaning and its comments', () => {
    fc.assert(fc.property(texts, (text) => {
      const laidOut = format(text)
      const comments = (one: string) => (one.match(/# c\d\d|\/\/ d\d\d|\/\* e\d\d \*\//g) ?? []).sort()

      expect(toPlain(parse(laidOut))).toEqual(toPlain(parse(text)))
      expect(comments(laidOut)).toEqual(comments(text))
    }), { numRuns: 500 })
  })
})
