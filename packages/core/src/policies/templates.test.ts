import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildAcl, capabilityBit, parsePolicy, resolveTemplates, type Policy } from './index.js'

const read = (path: string) => `path ${JSON.stringify(path)} { capabilities = ["read"] }\n`
const filled = (policy: Policy, values: Record<string, string>) =>
  resolveTemplates(policy, (expression) => (Object.hasOwn(values, expression) ? values[expression] : undefined))
const paths = (policy: Policy) => policy.rules.map(({ path }) => path)

describe('templates', () => {
  it('are filled wherever they stand, with or without spaces', () => {
    const policy = parsePolicy('p', read('a/{{identity.entity.id}}/{{ identity.entity.name }}-x/*'))

    expect(policy.templated).toBe(true)
    const done = filled(policy, { 'identity.entity.id': 'e1', 'identity.entity.name': 'ann' })
    expect(paths(done)).toEqual(['a/e1/ann-x/*'])
    expect(done.templated).toBe(false)
  })

  it('that cannot be filled drop their path, and the rest of the policy stays', () => {
    const policy = parsePolicy('p', read('a/{{x}}/*') + read('b/*') + read('c/{{y}}'))

    expect(paths(filled(policy, { y: 'why' }))).toEqual(['b/*', 'c/why'])
    expect(paths(filled(policy, { x: '', y: 'why' }))).toEqual(['b/*', 'c/why'])
  })

  it('grant nothing while unfilled', () => {
    const acl = buildAcl([parsePolicy('p', read('a/{{x}}*'))])

    expect(acl.check({ operation: 'read', path: 'a/{{x}}b' }).allowed).toBe(false)
  })

  it.each(['*', 'a*', '+', 'a+b', 'a/b', '/', '..', '.', 'a\u0000', 'a\n', '\u007f'])(
    'drop their path when the value is %j, which would reach further than one name',
    (value) => expect(paths(filled(parsePolicy('p', read('a/{{x}}')), { x: value }))).toEqual([]),
  )

  it('never make a value into a wildcard, more segments or another template', () => {
    const policy = parsePolicy('p', read('kv/{{x}}/own') + read('kv/{{x}}'))
    const values = fc.oneof(fc.string(), fc.constantFrom('*', '+', 'a*', 'a/b', '+/+', '..', '{{y}}', '{{x}}', '}}'))
    fc.assert(
      fc.property(values, fc.string({ minLength: 1 }).filter((other) => !other.includes('/')), (value, other) => {
        fc.pre(other !== value)
        const done = filled(policy, { x: value, y: 'why' })
        const acl = buildAcl([done])

        for (const path of paths(done)) expect(path.split('/')[1]).toBe(value)
        expect(acl.check({ operation: 'read', path: `kv/${other}/own` }).allowed).toBe(false)
        expect(acl.check({ operation: 'read', path: `kv/${other}` }).allowed).toBe(false)
      }),
    )
  })

  it('leave a policy without any untouched', () => {
    const policy = parsePolicy('p', read('a'))

    expect(resolveTemplates(policy, () => 'x')).toBe(policy)
    expect(policy.rules[0]?.capabilities).toBe(capabilityBit.read)
  })

  it.each([
    ['a/{{x', 'unbalanced templating characters'],
    ['a/x}}', 'unbalanced templating characters'],
    ['a/{{x{{y}}}}', 'unbalanced templating characters'],
    ['a/{{ }}', 'empty template'],
  ])('in %j are refused when the policy is read', (path, reason) => {
    expect(() => parsePolicy('p', read(path))).toThrow(
      `failed to parse policy: ${reason}`,
    )
  })
})
