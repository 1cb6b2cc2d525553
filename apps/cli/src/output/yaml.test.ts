import { spawnSync } from 'node:child_process'
import { parseJson } from '@chatelaine/sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { yamlText } from './yaml.js'

/** What PyYAML, which reads YAML 1.1, makes of documents: one process for all of them. */
function pyYaml(documents: readonly string[]): unknown[] {
  const script = 'import json, sys, yaml\nprint(json.dumps([yaml.safe_load(one) for one in json.load(sys.stdin)], default=lambda odd: "not JSON: " + repr(odd)))'
  // Debian's PyYAML, or in `npm run compat` the newest.
  const python = process.env['COMPAT_PYTHON'] ?? '/usr/bin/python3'
  const { stdout, stderr, status } = spawnSync(python, ['-c', script], { input: JSON.stringify(documents), encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as unknown[]
}

/** Each value, as it comes back from readers of both versions. */
function agreed(values: readonly unknown[]): void {
  const documents = values.map(yamlText)
  expect(documents.map((one) => parse(one) as unknown)).toEqual(values)
  expect(documents.map((one) => parse(one, { version: '1.1' }) as unknown)).toEqual(values)
  expect(pyYaml(documents)).toEqual(values)
}

const words = [
  'yes', 'no', 'on', 'off', 'y', 'n', 'Y', 'N', 'Yes', 'NO', 'On', 'OFF', 'true', 'False', 'null', 'Null', '~', '', '12:30:00', '1:2', '190:20:30', '1_000', '0b11', '0o17',
  '017', '0x1F', '1', '-1', '+1', '1.0', '1e3', '1E400', '.5', '5.', '.inf', '-.INF', '.nan', 'NaN', 'inf', '2026-01-02', '2026-01-02T03:04:05Z', '2026-1-2 3:4:5', '<<', '=', '!', '&a', '*a',
  '- a', '-', '--', '---', '...', '? a', ':', 'a:', ':a', 'a: b', 'a:b', '#', 'a #b', 'a#b', '@a', '`a', '%a', '|', '>', "'", '"', '\'a\'', '[a]', '{a}', 'a,b', ' a', 'a ', '\ta', 'a\tb', 'a\t', '\t',
  'a\nb', 'a\n', '\na', 'a\n\n', 'a\n b', ' a\nb', 'a \nb', 'a\n\tb', 'a\r\nb', 'a\rb', '\n', 'a\u0085b', 'a\u2028b', 'a\nb\u2029c', '\ufeffa', 'a\nb\ufeff', '\u007f', '\u0000', '\u001b[31m', '\ufffe', 'ü', '日本', '🔑', 'a\n🔑',
  'path "secret/*" {\n  capabilities = ["read"]\n}\n', '-----BEGIN KEY-----\nabc\n-----END KEY-----\n', 'x'.repeat(2000), `${'x '.repeat(600)}y`, 'hvs.CAESI', '10.0.0.0/8', 'a/b@c',
]

describe('YAML', () => {
  it('gives every text back as a text, to readers of version 1.1 and of 1.2', () => {
    agreed(words)
    agreed(words.map((word) => ({ value: word })))
    agreed([words])
  })

  it('gives every key back as a text', () => {
    agreed(words.map((word) => ({ [word]: 'x' })))
    agreed(words.map((word) => ({ outer: { [word]: { inner: 1 } } })))
  })

  it('gives numbers back as numbers, whatever their literal', () => {
    const literals = ['0', '1', '-1', '1.0', '1.50', '1e3', '1E3', '1.0e3', '1e+3', '1.5E-7', '-1e21', '1e21', '12345678901234567890', '0.1', '123456789012345678901234567890.5']
    const documents = literals.map((literal) => yamlText(parseJson(literal)))

    expect(documents.map((one) => Number(parse(one, { intAsBigInt: true })))).toEqual(literals.map(Number))
    expect(pyYaml(documents).map(Number)).toEqual(literals.map(Number))
    expect(pyYaml(documents.map((one) => `[${one.trim()}]`)).every((one) => typeof (one as unknown[])[0] === 'number')).toBe(true)
    expect(yamlText(parseJson('{"big":12345678901234567890,"one":1.0,"e":1e3}'))).toBe('big: 12345678901234567890\ne: 1.0e+3\none: 1.0\n')
  })

  it('gives any JSON back', () => {
    const values = fc.sample(fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }), { numRuns: 400, seed: 8 }).map((one) => JSON.parse(JSON.stringify(one)) as unknown)
    const signs = fc.sample(fc.string({ unit: fc.constantFrom(...'ab1-:#?,[]{}&*!|>\'"%@` \t\n\r\\=<~+._yn\u0085\u2028\ufeff'), maxLength: 6 }), { numRuns: 4000, seed: 8 })

    agreed(values)
    agreed([signs, Object.fromEntries(signs.map((sign) => [sign, sign]))])
  })

  it('orders keys as Go\'s YAML does, so that version 10 comes after 9', () => {
    const keys = ['a10', 'a9', '10', '9', '1', 'B', 'a_b', 'ab', 'a', '_', 'a01', 'a1']

    expect(yamlText(Object.fromEntries(keys.map((key) => [key, 0]))).match(/[\w]+(?="?:)/g)).toEqual(['_', '1', '9', '10', 'B', 'a', 'a_b', 'a1', 'a01', 'a9', 'a10', 'ab'])
  })

  it('leaves plain words bare, does not indent lists and keeps lines in blocks', () => {
    expect(yamlText({ keys: ['a', 'b/'], empty: [], none: {}, nothing: null, yes: true, policy: 'a {\n  b\n}\n', list: [{ a: 1, b: ['x'] }] })).toBe(
      'empty: []\nkeys:\n- a\n- b/\nlist:\n- a: 1\n  b:\n  - x\nnone: {}\nnothing: null\npolicy: |\n  a {\n    b\n  }\n"yes": true\n')
  })
})
