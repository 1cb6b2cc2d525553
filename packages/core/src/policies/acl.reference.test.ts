import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { capabilityBit, buildAcl, type Access, type Operation, type PathRule, type Policy } from './index.js'

/**
 * The matcher against a second one: slow, without a tree, a map or a shortcut, written from the words of
 * vault-semantics.md b.7 alone. It looks at every rule for every question.
 */
interface Flat {
  readonly path: string
  readonly rules: readonly { readonly policy: string; readonly rule: PathRule }[]
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const isWild = (path: string) => path.endsWith('*') || path.split('/').includes('+')

function matches(path: string, request: string): boolean {
  const glob = path.endsWith('*')
  const segments = (glob ? path.slice(0, -1) : path).split('/')
  const source = segments.map((segment) => (segment === '+' ? '[^/]*' : escape(segment))).join('/')
  return new RegExp(`^${source}${glob ? '.*' : ''}$`, 's').test(request)
}

function firstWildcard(path: string): number {
  const plus = [...path.matchAll(/\+/g)].map(({ index }) => index)
    .find((at) => (at === 0 || path[at - 1] === '/') && (at === path.length - 1 || '/'.includes(path[at + 1]!)))
  return plus ?? path.length - 1
}

/** Whether `a` is preferred to `b`, criterion by criterion. */
function preferred(a: string, b: string): boolean {
  const bare = (path: string) => path.replace(/\*$/, '')
  const plusses = (path: string) => bare(path).split('/').filter((segment) => segment === '+').length
  if (firstWildcard(a) !== firstWildcard(b)) return firstWildcard(a) > firstWildcard(b)
  if (a.endsWith('*') !== b.endsWith('*')) return !a.endsWith('*')
  if (plusses(a) !== plusses(b)) return plusses(a) < plusses(b)
  if (bare(a).length !== bare(b).length) return bare(a).length > bare(b).length
  return a > b
}

const best = (all: Flat[]) => all.find((one) => all.every((other) => one === other || preferred(one.path, other.path)))
const denies = ({ rules }: Flat) => rules.some(({ rule }) => rule.capabilities & capabilityBit.deny)

function choose(all: Flat[], path: string, listing: boolean): Flat | undefined {
  const exact = (at: string) => all.find((one) => !isWild(one.path) && one.path === at)
  const wild = (at: string) => all.filter((one) => isWild(one.path) && matches(one.path, at))
  if (exact(path)) return exact(path)
  const inside = best(wild(path))
  if (!listing || !path.endsWith('/')) return inside

  const bare = path.slice(0, -1)
  if (inside && denies(inside) && inside.path === `${path}*`) return inside
  if (exact(bare)) return exact(bare)
  if (inside && denies(inside)) return inside
  return best([...new Set([...wild(path), ...wild(bare)])])
}

function flatten(policies: Policy[]): Flat[] {
  const rules = policies.flatMap(({ name, rules: own }) => own.map((rule) => ({ policy: name, rule })))
  const paths = [...new Set(rules.map(({ rule }) => rule.path))]
  return paths.map((path) => ({ path, rules: rules.filter((one) => one.rule.path === path) }))
}

function parametersPass({ rules }: Flat, data: Record<string, unknown>): boolean {
  const values = (which: 'allowed' | 'denied', name: string) => {
    const lists = rules.flatMap(({ rule }) => [rule.parameters[which]?.get(name)]).filter((list) => list !== undefined)
    return { named: lists.length > 0, any: lists.some((list) => list.length === 0), list: lists.flat() }
  }
  const among =
    ({ any, list }: { any: boolean; list: readonly unknown[] }, value: unknown) => any || list.includes(value)
  const names = Object.keys(data)
  const restricted = rules.some(({ rule }) => (rule.parameters.allowed?.size ?? 0) > 0)

  if (rules.some(({ rule }) => rule.parameters.required?.some((name) => !names.includes(name)))) return false
  if (names.length === 0) return true
  if (values('denied', '*').named) return false
  if (names.some((name) => values('denied', name).named && among(values('denied', name), data[name]))) return false
  return !restricted || names.every((name) => {
    const own = values('allowed', name)
    return own.named ? among(own, data[name]) : values('allowed', '*').named
  })
}

function wrapPasses({ rules }: Flat, seconds: number | undefined): boolean {
  const smallest = (which: 'min' | 'max') => Math.min(...rules.map(({ rule }) => rule.wrap[which] || Infinity))
  const [min, max] = [smallest('min'), smallest('max')]
  if (min === Infinity && max === Infinity) return true
  return seconds !== undefined && seconds > 0 && (min === Infinity || seconds >= min) && seconds <= max
}

function reference(policies: Policy[], { operation, path, data, wrapTtlSeconds }: Access) {
  const listing = operation === 'list'
  const chosen = choose(flatten(policies), listing && path !== '' && !path.endsWith('/') ? `${path}/` : path, listing)
  if (!chosen || denies(chosen)) return { allowed: false, sudo: false, grantedBy: [] }

  const having = (bit: number) => chosen.rules.filter(({ rule }) => rule.capabilities & bit).map(({ policy }) => policy)
  const grantedBy = [...new Set(having(capabilityBit[operation]))]
  const judged = operation === 'list' || operation === 'delete' || parametersPass(chosen, data ?? {})
  const allowed = grantedBy.length > 0 && judged && wrapPasses(chosen, wrapTtlSeconds)
  return { allowed, sudo: having(capabilityBit.sudo).length > 0, grantedBy: allowed ? grantedBy : [] }
}

const segment = fc.constantFrom('a', 'b', 'ab', 'c')
const rulePath = fc.tuple(
  fc.array(fc.oneof({ weight: 3, arbitrary: segment }, fc.constant('+')), { minLength: 1, maxLength: 4 }),
  fc.constantFrom('', '', '/', '/*', '*'),
).map(([segments, end]) => (segments.join('/') + end).replace('+*', '+'))
const requestPath = fc.tuple(fc.array(segment, { maxLength: 4 }), fc.constantFrom('', '', '/')).map(
  ([segments, end]) => (segments.length ? segments.join('/') + end : ''),
)
const bits = fc.oneof(
  { weight: 1, arbitrary: fc.constant(capabilityBit.deny as number) },
  {
    weight: 4,
    arbitrary: fc.subarray([2, 4, 8, 16, 32, 64, 128]).map((all) => all.reduce((sum, bit) => sum | bit, 0)),
  },
)
const someValues = fc.option(
  fc.dictionary(fc.constantFrom('x', 'y', '*'), fc.subarray(['v', 'w', 'u']))
    .map((all) => new Map(Object.entries(all))),
  { nil: undefined, freq: 2 },
)
const rule = fc.record({
  path: rulePath, capabilities: bits, allowed: someValues, denied: someValues,
  required: fc.option(fc.subarray(['x', 'y']), { nil: undefined, freq: 2 }),
  min: fc.constantFrom(0, 0, 0, 5, 10), max: fc.constantFrom(0, 0, 0, 10, 20),
}).map(({ path, capabilities, allowed, denied, required, min, max }): PathRule => {
  if (capabilities === capabilityBit.deny) return { path, capabilities, parameters: {}, wrap: {}, templated: false }
  const parameters = { ...(allowed && { allowed }), ...(denied && { denied }), ...(required && { required }) }
  return { path, capabilities, parameters, wrap: { ...(min && { min }), ...(max && { max }) }, templated: false }
})
const somePolicies = fc.array(fc.array(rule, { maxLength: 8 }), { maxLength: 4 }).map(
  (all) => all.map((rules, at): Policy => ({ name: `p${at}`, rules, templated: false, root: false })),
)
const access = fc.record({
  operation: fc.constantFrom<Operation>('create', 'read', 'update', 'patch', 'delete', 'list', 'list', 'list'),
  path: requestPath,
  data: fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('v', 'w', 'q')),
  wrapTtlSeconds: fc.constantFrom(undefined, 0, 5, 7, 10, 20, 30),
})

describe('the matcher', () => {
  it('decides as the plain reading of the rules does', () => {
    fc.assert(
      fc.property(somePolicies, fc.array(access, { minLength: 1, maxLength: 12 }), (policies, accesses) => {
        const acl = buildAcl(policies)
        for (const one of accesses) {
          const { allowed, sudo, grantedBy } = acl.check(one)
          expect({ allowed, sudo, grantedBy }).toEqual(reference(policies, one))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('does not depend on the order of the policies', () => {
    fc.assert(
      fc.property(somePolicies, access, (policies, one) => {
        const { allowed, sudo } = buildAcl(policies).check(one)
        expect(buildAcl(policies.toReversed()).check(one)).toMatchObject({ allowed, sudo })
      }),
      { numRuns: 500 },
    )
  })

  it('never grants more when one more rule denies', () => {
    fc.assert(
      fc.property(somePolicies, access, rulePath, (policies, one, path) => {
        const deny: PathRule = { path, capabilities: capabilityBit.deny, parameters: {}, wrap: {}, templated: false }
        const more = [...policies, { name: 'no', rules: [deny], templated: false, root: false }]
        if (buildAcl(more).check(one).allowed) expect(buildAcl(policies).check(one).allowed).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
