import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultLimits, HclError, parse, toPlain, type PlainObject } from './index.js'

/** Objects from the parser have no prototype; here only their content matters. */
const plain = (text: string): PlainObject => JSON.parse(JSON.stringify(toPlain(parse(text)))) as PlainObject

function failure(text: string): HclError {
  try {
    parse(text)
  } catch (error) {
    if (HclError.is(error)) return error
    throw error
  }
  throw new Error('was read without complaint')
}

describe('HCL', () => {
  it('reads attributes of every kind', () => {
    const text = `
      name = "vault"  "quoted key" = "yes"
      count = 3
      hex = 0x1F
      octal = 017
      ratio = -1.5e2
      on = true
      off = false
      list = ["a", 1, [true], { k = "v" },]
    `
    expect(plain(text)).toEqual({
      name: 'vault', 'quoted key': 'yes', count: 3, hex: 31, octal: 15, ratio: -150, on: true, off: false,
      list: ['a', 1, [true], { k: 'v' }],
    })
  })

  it('reads blocks with labels, without, and with an equals sign', () => {
    const text = 'path "a" { x = 1 }\nseal { y = 2 }\nmap = { z = 3 }\n"path" "b" {}'
    expect(plain(text)).toEqual({ path: { a: { x: 1 }, b: {} }, seal: { y: 2 }, map: { z: 3 } })
  })

  it('makes a list of a block written twice', () => {
    expect(plain('listener "tcp" { p = 1 } listener "tcp" { p = 2 }')).toEqual(
      { listener: { tcp: [{ p: 1 }, { p: 2 }] } },
    )
  })

  it.each(['a { b = 1 c = 2 }', 'a { b = 1, c = 2 }', 'a { b = 1, c = 2, }', 'a {\n b = 1\n\n c = 2\n}', 'a{b=1,c=2}'])(
    'reads %j alike',
    (text) => expect(plain(text)).toEqual({ a: { b: 1, c: 2 } }),
  )

  it('skips comments of all three kinds, wherever white space may stand', () => {
    expect(plain('# one\na /* two */ = // three\n 1 /* four\n */ # five')).toEqual({ a: 1 })
  })

  it('reads escapes, and leaves an interpolation as it is written', () => {
    const text = String.raw`a = "q\"\\\n\t\x41\101\u00e9\U0001F511 $1 ${'$'}{f("x")} {{id}}"`
    expect(plain(text)).toEqual({ a: 'q"\\\n\tAAé🔑 $1 ${f("x")} {{id}}' })
  })

  it('reads heredocs, and takes the indentation of the closing mark off every line', () => {
    const text = 'a = <<EOF\n  one\ntwo\nEOF\nb = <<-EOF\n    one\n      two\n    EOF\nc = <<-EOF\n one\n  EOF\n'
    expect(plain(text)).toEqual({ a: '  one\ntwo\n', b: 'one\n  two\n', c: ' one\n' })
  })

  it('keeps a key named __proto__ an ordinary key', () => {
    const read = toPlain(parse('__proto__ { admin = true }'))

    expect(Object.keys(read)).toEqual(['__proto__'])
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it('reads an empty text, and one with a byte order mark', () => {
    expect(plain('')).toEqual({})
    expect(plain('\uFEFFa = 1')).toEqual({ a: 1 })
    expect(plain('\uFEFF{"a": 1}')).toEqual({ a: 1 })
  })
})

describe('JSON', () => {
  it('is known by its first character', () => {
    expect(plain(' \n{"a": {"b": [1, -2.5e1, "\\u00e9\\n", true, null]}}')).toEqual(
      { a: { b: [1, -25, 'é\n', true, null] } },
    )
  })

  it('keeps a key that is written twice', () => {
    const { entries } = parse('{"a": 1, "a": 2}')
    expect(entries.map(({ key, value }) => [key.name, value.kind === 'number' && value.value])).toEqual(
      [['a', 1], ['a', 2]],
    )
  })

  it('keeps the text of a number no double can hold', () => {
    expect(parse('{"a": 12345678901234567890}').entries[0]?.value).toMatchObject({ text: '12345678901234567890' })
  })

  it('agrees with the platform on every document', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.boolean(), (document, wide) => {
        const text = JSON.stringify(document, null, wide ? 2 : 0)
        expect(JSON.stringify(toPlain(parse(text)))).toEqual(JSON.stringify(JSON.parse(text)))
      }),
    )
  })

  it.each([
    '{"a": 1,}', '{"a" 1}', "{'a': 1}", '{"a": 01}', '{"a": [1 2]}', '{} x', '{"a": "\n"}', '{"a": "\\x"}',
    '{"a": nul}', '{',
  ])(
    'refuses %j, as the platform does',
    (text) => {
      expect(() => JSON.parse(text) as unknown).toThrow()
      expect(failure(text)).toBeInstanceOf(HclError)
    },
  )
})

describe('an error', () => {
  it.each([
    ['# policy\n\npath  ["a"]', 'expected "=" or "{" after "path"', 3, 7],
    ['path "a" = {}', 'expected "{" after "path"', 1, 10],
    ['a = 1\nb = \n}', 'expected a value', 3, 1],
    ['a = [1 2]', 'expected "," or "]"', 1, 8],
    ['a {\n  b = 1\n', 'expected a key or "}"', 3, 1],
    ['a = "x\n', 'the string is not closed', 1, 5],
    ['a = "é\\q"', 'unknown escape in a string', 1, 7],
    ['a = "${x"', 'the string is not closed', 1, 5],
    ['a = 1\n/* b', 'the comment is not closed', 2, 1],
    ['a = <<EOF\nb\n', 'the heredoc is not closed', 1, 5],
    ['a = yes', 'expected a value', 1, 5],
    ['a = 12px', 'expected a value', 1, 5],
    ['a = 1e999', 'the number is out of range', 1, 5],
    ['a = "\\ud800"', 'the escape is no character', 1, 6],
    ['}', 'expected a key', 1, 1],
    ['{"a":\n  1 "b": 2}', 'expected "," or "}"', 2, 5],
    ['{"a": 1} {', 'expected the end of the text', 1, 10],
  ])('of %j says what was expected, and where', (text, sentence, line, column) => {
    const { message, ...facts } = failure(text)

    expect(facts).toMatchObject({ sentence: sentence.replace(/ after .*/, ''), place: `on line ${line}, column ${column}`, line, column })
    expect(message).toBe(`${sentence} on line ${line}, column ${column}`)
  })

  it('never quotes a value or a label, which may be secret', () => {
    const texts = ['token "hvs.s3cret"\nx', 'token = hvs.s3cret', '{"token": "hvs.s3cret\\q"}', 'a = "hvs.s3cret']
    for (const text of texts) {
      expect(failure(text).message).not.toContain('s3cret')
    }
  })
})

describe('hostile text', () => {
  it.each([
    ['lists', `a = ${'['.repeat(100_000)}`],
    ['objects', 'a {'.repeat(100_000)],
    ['JSON lists', `{"a": ${'['.repeat(100_000)}`],
    ['JSON objects', '{"a":'.repeat(100_000)],
  ])('of too many nested %s is refused by its depth', (_name, text) => {
    expect(failure(text).sentence).toBe('nested more than 64 levels deep')
  })

  it('reads exactly as deep as it may', () => {
    const nested = (depth: number) => `a = ${'['.repeat(depth)}${']'.repeat(depth)}`

    expect(() => parse(nested(defaultLimits.depth))).not.toThrow()
    expect(() => parse(nested(defaultLimits.depth + 1))).toThrow(HclError)
  })

  it('is refused by its length before it is read', () => {
    expect(failure('#'.repeat(defaultLimits.length + 1)).sentence).toContain('longer than 1048576')
  })

  it('of one endless line, or of labels without end, is read in one pass', () => {
    expect(parse('a=1 '.repeat(200_000)).entries).toHaveLength(200_000)
    expect(failure('a '.repeat(500_000)).sentence).toBe('expected "{"')
  })

  const pieces = fc.constantFrom(
    'path', '"a/*"', '{', '}', '[', ']', '=', ',', ':', '"', '\\', '<<EOF\n', '<<-E\n', 'EOF', '\n', '#', '//',
    '/*', '*/',
    '${', '1', '-0x', '1e9', 'true', ' ', '\uFEFF', '\u0000', '\ud800', '🔑',
  )
  const noise = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc.array(pieces, { maxLength: 60 }).map((all) => all.join('')),
  )

  it('is either read or refused with an HclError, never anything else', () => {
    fc.assert(
      fc.property(noise, (text) => {
        for (const candidate of [text, `{${text}`]) {
          try {
            toPlain(parse(candidate))
          } catch (error) {
            expect(error).toBeInstanceOf(HclError)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('made from a good document by one change is read or refused with a place inside the text', () => {
    const good = 'path "a/{{x}}/*" {\n  capabilities = ["read", "list"] # c\n  ttl = 5\n}\n/* d */ b = <<E\nx\nE\n'
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(3), pieces, (at, drop, insert) => {
        const text = good.slice(0, at) + insert + good.slice(at + drop)
        try {
          parse(text)
        } catch (error) {
          expect(error).toBeInstanceOf(HclError)
          const { line, column } = error as HclError
          const lines = text.split('\n')
          expect(line).toBeLessThanOrEqual(lines.length)
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('printing', () => {
  type Tree = string | number | boolean | Tree[] | { [key: string]: Tree }
  const { document } = fc.letrec<{ tree: Tree; document: { [key: string]: Tree } }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'grapheme' }), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(),
      fc.array(tie('tree'), { maxLength: 4 }),
      tie('document'),
    ),
    document: fc.dictionary(fc.string({ unit: 'grapheme' }), tie('tree'), { maxKeys: 4 }),
  }))
  const name = fc.constantFrom('a', 'b_1', 'c-d', 'é')

  const quote = (text: string) => JSON.stringify(text).replaceAll('${', '\\u0024{')
  function print(value: Tree, gap: string): string {
    if (typeof value === 'string') return quote(value)
    if (typeof value !== 'object') return String(value)
    if (Array.isArray(value)) return `[${value.map((item) => print(item, gap)).join(',')}]`
    const space = gap.replace(',', '')
    const entries = Object.entries(value).map(([key, inner]) => `${quote(key)} =${print(inner, gap)}`)
    return `{${space}${entries.join(gap)}${space}}`
  }

  it('and reading again gives the document back, however it is spaced', () => {
    fc.assert(
      fc.property(name, document, fc.constantFrom(' ', '\n', ',\n', ' # c\n', '/**/'), (key, tree, gap) => {
        const text = `${key} ${print(tree, gap)}`
        expect(plain(text)).toEqual(JSON.parse(JSON.stringify({ [key]: tree })))
      }),
    )
  })
})
