import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  capabilityBit, defaultPolicyText, namesOf, parsePolicy, PolicyError, responseWrappingPolicyText, resolveTemplates,
} from './index.js'

const rule = (body: string, path = 'secret/*') => parsePolicy('p', `path "${path}" {\n${body}\n}`).rules[0]!
const capabilities = (body: string) => namesOf(rule(body).capabilities)

function refusal(text: string): string {
  try {
    parsePolicy('p', text)
  } catch (error) {
    if (PolicyError.malformed.is(error)) return error.message
    throw error
  }
  throw new Error('was read without complaint')
}

describe('a policy', () => {
  it('is read rule by rule, in order', () => {
    const rules = ['a', 'b'].map((path) => `path "${path}" { capabilities = ["read"] }`)
    const policy = parsePolicy('p', ['name = "x"', ...rules].join('\n'))

    expect(policy).toMatchObject({ name: 'p', root: false, templated: false })
    expect(policy.rules.map(({ path }) => path)).toEqual(['a', 'b'])
  })

  it('never gains root by its name', () => {
    expect(parsePolicy('root', '').root).toBe(false)
  })

  it('knows every capability, and deny swallows the others', () => {
    expect(capabilities('capabilities = ["patch", "create", "delete", "update", "list", "read", "sudo"]')).toEqual(
      ['sudo', 'read', 'list', 'update', 'delete', 'create', 'patch'],
    )
    expect(rule('capabilities = ["read", "deny", "sudo"]').capabilities).toBe(capabilityBit.deny)
    expect(rule('capabilities = []').capabilities).toBe(0)
  })

  it('understands the old shorthand, and unites it with capabilities', () => {
    expect(capabilities('policy = "deny"')).toEqual(['deny'])
    expect(capabilities('policy = "read"')).toEqual(['read', 'list'])
    expect(capabilities('policy = "write"')).toEqual(['read', 'list', 'update', 'delete', 'create'])
    expect(capabilities('policy = "sudo"')).toEqual(['sudo', 'read', 'list', 'update', 'delete', 'create'])
    expect(capabilities('policy = "read"\ncapabilities = ["patch"]')).toEqual(['read', 'list', 'patch'])
  })

  it('drops one leading slash', () => {
    expect(rule('', '/secret/x').path).toBe('secret/x')
    expect(rule('', '//x').path).toBe('/x')
  })

  it('reads parameters by lower-case name', () => {
    const { parameters } = rule(`
      required_parameters = ["Foo"]
      allowed_parameters = { "Foo" = [], "*" = [] }
      denied_parameters { Bar = ["a*", 5, true, ["x"], { k = "v" }] }
    `)

    expect(parameters.required).toEqual(['foo'])
    expect([...parameters.allowed!]).toEqual([['foo', []], ['*', []]])
    expect(JSON.stringify([...parameters.denied!])).toBe('[["bar",["a*",5,true,["x"],{"k":"v"}]]]')
  })

  it.each([['"5m"', 300], ['"500ms"', 1], ['0.5', 1], ['300', 300], ['"300"', 300], ['"1h30m"', 5400], ['"1d"', 86_400], ['0', 0]])(
    'reads a wrapping TTL of %s as %d seconds',
    (text, seconds) => expect(rule(`min_wrapping_ttl = ${text}`).wrap).toEqual({ min: seconds }),
  )

  it('keeps nothing but the deny of a rule that denies', () => {
    const { parameters, wrap } = rule('capabilities = ["deny"]\nmin_wrapping_ttl = 5\nrequired_parameters = ["a"]')
    expect({ parameters, wrap }).toEqual({ parameters: {}, wrap: {} })
  })
})

describe('a policy is refused, with its place and nothing of its text,', () => {
  const noCapability = 'invalid capability: use deny, sudo, read, list, update, delete, create, patch'
  it.each([
    ['path "a" { capabilites = [] }', 'invalid key on line 1, column 12'],
    ['paths "a" {}', 'invalid key on line 1, column 1'],
    ['path "a" { capabilities = ["write"] }', `${noCapability} on line 1, column 28`],
    ['path "a" { capabilities = ["deny", "bogus"] }', `${noCapability} on line 1, column 36`],
    ['path "a" { policy = "all" }', 'invalid policy: use one of deny, read, write, sudo on line 1, column 21'],
    ['path "a" { capabilities = "read" }', 'expected a list, found a string on line 1, column 27'],
    [
      'path "a" {\n capabilities = ["deny"]\n capabilities = ["read"] }',
      'a key is set twice on line 3, column 2',
    ],
    ['path "a/+*" {}', 'invalid use of wildcards in a path (\'+*\' is forbidden) on line 1, column 6'],
    [
      'path "a" { min_wrapping_ttl = "10m" max_wrapping_ttl = "5m" }',
      'max_wrapping_ttl cannot be less than min_wrapping_ttl on line 1, column 6',
    ],
    [
      'path "a" { max_wrapping_ttl = "soon" }',
      'expected a duration such as "5m" or 300 on line 1, column 31',
    ],
    ['path "a" { max_wrapping_ttl = "-500ms" }', 'expected a duration such as "5m" or 300 on line 1, column 31'],
    ['path "a" { max_wrapping_ttl = -1 }', 'expected a duration such as "5m" or 300 on line 1, column 31'],
    ['path "a" { allowed_parameters = { x = "y" } }', 'expected a list, found a string on line 1, column 39'],
    ['path "a" { allowed_parameters = { x = [] X = [] } }', 'a parameter is set twice on line 1, column 42'],
    ['path "a" "b" {}', 'a block that takes one label has more on line 1, column 10'],
    ['path "a" { capabilities = ["read" }', 'expected "," or "]" on line 1, column 35'],
    ['path ["a"]', 'expected "=" or "{" on line 1, column 6'],
  ])('when it says %j', (text, reason) => expect(refusal(text)).toBe(`failed to parse policy: ${reason}`))

  it('when it asks for a guard that does not exist yet, rather than opening without it', () => {
    expect(refusal('path "a" { control_group = { ttl = "4h" } }')).toContain(
      'control_group is not supported yet',
    )
    expect(refusal('path "a" { mfa_methods = ["x"] }')).toContain('mfa_methods is not supported yet')
  })

  it('when a path is longer than any request', () => {
    expect(refusal(`path "${'a/'.repeat(2049)}" {}`)).toContain('longer than 4096')
  })
})

describe('the policies every vault has', () => {
  it('can be read, and grant what Vault grants', () => {
    const own =
      resolveTemplates(parsePolicy('default', defaultPolicyText), (expression) => expression.replaceAll('.', '_'))
    const found = Object.fromEntries(own.rules.map(({ path, capabilities: bits }) => [path, namesOf(bits).join()]))

    expect(found).toMatchObject({
      'auth/token/lookup-self': 'read', 'auth/token/renew-self': 'update', 'auth/token/revoke-self': 'update',
      'sys/capabilities-self': 'update', 'sys/internal/ui/resultant-acl': 'read', 'sys/renew': 'update',
      'identity/entity/id/identity_entity_id': 'read', 'identity/entity/name/identity_entity_name': 'read',
      'sys/leases/renew': 'update', 'sys/leases/lookup': 'update', 'cubbyhole/*': 'read,list,update,delete,create',
      'sys/wrapping/wrap': 'update', 'sys/wrapping/lookup': 'update', 'sys/wrapping/unwrap': 'update',
      'sys/tools/hash': 'update', 'sys/control-group/request': 'update',
      'identity/oidc/provider/+/authorize': 'read,update',
    })
    const wrapping = parsePolicy('response-wrapping', responseWrappingPolicyText).rules
    expect(wrapping.map(({ path, capabilities: bits }) => [path, namesOf(bits)])).toEqual([
      ['cubbyhole/response', ['read', 'create']], ['sys/wrapping/unwrap', ['update']],
    ])
  })
})

describe('HCL and JSON', () => {
  const word = fc.constantFrom('a', 'b', 'secret', '+', '{{identity.entity.id}}', 'é"\\')
  const path = fc.tuple(fc.array(word, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '/', '/*', 'x*')).map(
    ([segments, end]) => segments.join('/') + end,
  ).filter((text) => !text.includes('+*'))
  const scalar =
    fc.oneof(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('${', '')), fc.integer(), fc.boolean())
  const values = fc.dictionary(fc.constantFrom('x', 'Y', '*', 'long name'), fc.array(scalar, { maxLength: 3 }))
  const capability = fc.constantFrom(...(Object.keys(capabilityBit)))
  const body = fc.record({
    capabilities: fc.array(capability),
    policy: fc.constantFrom('deny', 'read', 'write', 'sudo'),
    allowed_parameters: values,
    denied_parameters: values,
    required_parameters: fc.array(fc.constantFrom('x', 'Y')),
    min_wrapping_ttl: fc.constantFrom<string | number>('1m', 5, '5'),
    max_wrapping_ttl: fc.constantFrom<string | number>('1h', 3600),
  }, { requiredKeys: [] })

  const hcl = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(hcl).join(', ')}]`
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    return `{ ${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)} = ${hcl(inner)}`).join(' ')} }`
  }

  it('of the same policy give the same policy', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(path, body), { selector: ([text]) => text, maxLength: 5 }), (rules) => {
        const asHcl = rules.map(([text, content]) => `path ${JSON.stringify(text)} ${hcl(content)}`).join('\n')
        const asJson = JSON.stringify({ path: Object.fromEntries(rules) })
        const asList = JSON.stringify({ path: rules.map(([text, content]) => ({ [text]: [content] })) })

        const expected = parsePolicy('p', asHcl)
        expect(expected.rules).toHaveLength(rules.length)
        expect(parsePolicy('p', asJson)).toEqual(expected)
        expect(parsePolicy('p', asList)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('that are broken somewhere are refused as malformed, never with another error', () => {
    const noise = fc.string({ unit: 'binary', maxLength: 4 })
    fc.assert(
      fc.property(fc.nat(defaultPolicyText.length), noise, fc.nat(6), (at, insert, drop) => {
        const text = defaultPolicyText.slice(0, at) + insert + defaultPolicyText.slice(at + drop)
        try {
          parsePolicy('p', text)
        } catch (error) {
          expect(PolicyError.malformed.is(error)).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
