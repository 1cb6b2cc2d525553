import { parseJson } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { curlLine } from './curl.js'
import { goQuoted, goText, humanDuration } from './go-text.js'
import { prettyJson } from './json.js'
import { headingOver, table } from './table.js'
import { yamlText } from './yaml.js'

describe('a table', () => {
  it('aligns columns four spaces apart, underlines the head and says n/a for nothing', () => {
    expect(table([['Key', 'Value'], ['ttl', '1h'], ['entity_id', '']])).toBe(
      ['Key          Value', '---          -----', 'ttl          1h', 'entity_id    n/a'].join('\n'))
  })

  it('has a heading as wide as itself, of at least two signs', () => {
    expect(headingOver('Metadata', { custom_metadata: null })).toBe('======= Metadata =======')
    expect(headingOver('Data', { passcode: '' })).toBe('====== Data ======')
    expect(headingOver('Data', { x: '' })).toBe('== Data ==')
  })
})

describe('values in a table', () => {
  it.each([
    [null, '<nil>'], [['a', 'b'], '[a b]'], [{ b: 1, a: { c: null } }, 'map[a:map[c:<nil>] b:1]'], [true, 'true'], [parseJson('1.0'), '1.0'],
  ])('%j reads as Go prints it: %s', (value, expected) => {
    expect(goText(value)).toBe(expected)
  })

  it.each([[0, '0s'], [60, '1m'], [90, '1m30s'], [3600, '1h'], [3605, '1h5s'], [2_764_800, '768h']])('%d seconds are %s', (seconds, expected) => {
    expect(humanDuration(seconds)).toBe(expected)
  })

  it('quotes policies', () => {
    expect(goQuoted(['default', 'root'])).toBe('["default" "root"]')
    expect(goQuoted()).toBe('[]')
  })
})

describe('JSON and YAML', () => {
  const value = parseJson('{"b":12345678901234567890,"a":1.0,"list":[],"map":{},"s":"x\\ny"}')

  it('keep the literals of numbers', () => {
    expect(prettyJson(value)).toBe('{\n  "b": 12345678901234567890,\n  "a": 1.0,\n  "list": [],\n  "map": {},\n  "s": "x\\ny"\n}')
    expect(yamlText(value)).toBe('a: 1.0\nb: 12345678901234567890\nlist: []\nmap: {}\ns: |-\n  x\n  y\n')
  })
})

describe('the curl line', () => {
  it('never holds the token, and survives a shell', () => {
    const headers = { 'X-Vault-Token': 'hvs.secret', 'X-Odd': 'a"$b' }

    const line = curlLine({ method: 'PUT', url: 'http://h/v1/x', headers, body: `{"a":"it's"}` }, {})

    expect(line).toBe(
      `curl -X PUT -H "X-Vault-Token: $(vault print token)" -H 'X-Odd: a"$b' -d '{"a":"it'\\''s"}' 'http://h/v1/x'`)
  })
})
