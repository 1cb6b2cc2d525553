import { RawNumber } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { buildAcl, parsePolicy, PolicyError, rootPolicy, type Access, type Operation } from './index.js'

const path = (text: string, capabilities: string[], rest = '') =>
  `path ${JSON.stringify(text)} {\n capabilities = ${JSON.stringify(capabilities)}\n ${rest}\n}\n`
const acl = (...texts: string[]) => buildAcl(texts.map((text, at) => parsePolicy(`p${at}`, text)))
const can = (text: string | string[], operation: Operation, at: string, rest: Partial<Access> = {}) =>
  acl(...[text].flat()).check({ operation, path: at, ...rest }).allowed

describe('an operation', () => {
  it('needs the capability of its name', () => {
    const text = path('a', ['read', 'update'])
    const granted =
      (['create', 'read', 'update', 'patch', 'delete', 'list'] as const).filter((one) => can(text, one, 'a'))

    expect(granted).toEqual(['read', 'update'])
  })

  it('is refused where no rule matches, and to somebody without policies', () => {
    expect(acl(path('a', ['read'])).check({ operation: 'read', path: 'ab' })).toEqual(
      { allowed: false, denied: false, forbidden: false, sudo: false, root: false, grantedBy: [], wrap: {} },
    )
    expect(buildAcl([]).check({ operation: 'read', path: '' }).allowed).toBe(false)
  })

  it('ignores slashes before the path', () => expect(can(path('/a', ['read']), 'read', '//a')).toBe(true))

  it('tells who granted it, and whether sudo goes with it', () => {
    const rules = acl(path('a', ['read']), path('a', ['read', 'sudo']), path('a', ['update']))

    expect(rules.check({ operation: 'read', path: 'a' })).toMatchObject({ sudo: true, grantedBy: ['p0', 'p1'] })
    expect(rules.check({ operation: 'update', path: 'a' })).toMatchObject({ sudo: true, grantedBy: ['p2'] })
    expect(rules.check({ operation: 'delete', path: 'a' })).toMatchObject({ allowed: false, sudo: true, grantedBy: [] })
  })
})

describe('root', () => {
  it('may do everything', () => {
    const rules = buildAcl([rootPolicy])

    expect(rules.check({ operation: 'delete', path: 'sys/seal' })).toMatchObject(
      { allowed: true, sudo: true, root: true, grantedBy: ['root'] },
    )
    expect(rules.capabilities('x')).toEqual(['root'])
    expect(rules.anyUnder('x/')).toBe(true)
  })

  it('is no name: a text kept under any spelling of it grants what it says and no more', () => {
    for (const name of ['root', 'Root', ' root']) {
      const rules = buildAcl([parsePolicy(name, path('a', ['read']))])
      expect(rules.check({ operation: 'read', path: 'b' })).toMatchObject({ allowed: false, root: false })
    }
  })

  it('stands alone', () => {
    expect(() => buildAcl([rootPolicy, parsePolicy('p', '')])).toThrow('other policies present along with root')
    expect(PolicyError.rootAmongOthers().status).toBe(500)
  })
})

describe('wildcards', () => {
  it.each([
    ['a/*', 'a/b', true], ['a/*', 'a/', true], ['a/*', 'a', false], ['a*', 'a', true], ['a*', 'ab/c', true],
    ['*', '', true],
    ['+', 'a', true], ['+', 'a/b', false], ['a/+/c', 'a/b/c', true], ['a/+/c', 'a/b/b/c', false],
    ['a/+/c', 'a/c', false],
    ['a/+/c*', 'a/b/cd/e', true], ['a/+/*', 'a/b', false], ['+/b', 'a/b', true], ['a/b+', 'a/b+', true],
    ['a/b+', 'a/bc', false],
    ['a/*/c', 'a/b/c', false], ['a/*/c', 'a/*/c', true],
  ])('in %j meet %j: %s', (rule, at, met) => expect(can(path(rule, ['read']), 'read', at)).toBe(met))

  // In each pair the first decides for the path: it alone grants, then it alone denies.
  it.each([
    ['a/b', 'a/*', 'a/b'],
    ['a/b', 'a/+', 'a/b'],
    ['a/b*', 'a/+', 'a/b'],
    ['a/b/+/d', 'a/+/c/d', 'a/b/c/d'],
    ['a/+', 'a/*', 'a/b'],
    ['a/+/c', 'a/+/c*', 'a/b/c'],
    ['a/+/c/+', 'a/+/+/+', 'a/b/c/d'],
    ['a/+/cd*', 'a/+/c*', 'a/b/cde'],
    ['a/bc*', 'a/b*', 'a/bcd'],
    ['a/+/d/+', 'a/+/+/d', 'a/b/d/d'],
  ])('%s outranks %s for %s, and nothing else is merged in', (winner, loser, at) => {
    expect(can([path(winner, ['read']), path(loser, ['deny'])], 'read', at)).toBe(true)
    expect(can([path(loser, ['read']), path(winner, ['deny'])], 'read', at)).toBe(false)
    expect(can([path(loser, ['read']), path(winner, ['update'])], 'read', at)).toBe(false)
  })
})

describe('LIST', () => {
  it.each([
    ['p/', true], ['p', true], ['p/*', true], ['p*', true], ['+', true], ['+/', true], ['q', false], ['p/q', false],
  ])('on "p/" is granted by a rule for %j: %s', (rule, granted) => {
    expect(can(path(rule, ['list']), 'list', 'p/')).toBe(granted)
    expect(can(path(rule, ['list']), 'list', 'p')).toBe(granted)
  })

  it('alone finds a folder without its slash', () => {
    expect(can(path('p', ['read', 'list']), 'read', 'p/')).toBe(false)
  })

  // Advisory class 3: each deny beside a grant that would otherwise reach the folder.
  it.each([
    ['p/', ['p', 'p/*', 'p*', '*', '+', '+/']],
    ['p', ['p/*', 'p*', '*', '+', '+/*']],
    ['p/*', ['p', 'p*', '*', '+', '+/*', '+/']],
    ['+/', ['*', '+', '+/*']],
    ['+', ['*', '+/*']],
    ['+/*', ['+']],
    ['*', ['+']],
    ['p*', ['*', '+', '+/']],
  ])('never escapes a deny on %j', (denied, grants) => {
    for (const grant of grants) {
      const texts = [path(grant, ['list', 'read']), path(denied, ['deny'])]
      const seen = ['p/', 'p', '/p/'].map((at) => can(texts, 'list', at))
      expect([grant, seen]).toEqual([grant, [false, false, false]])
      expect(acl(...texts).capabilities('p/')).toEqual(['deny'])
    }
  })

  it('obeys the order of patterns like every other operation, by which `*` outranks `+/*`', () => {
    const texts = [path('*', ['list', 'read']), path('+/*', ['deny'])]

    expect([can(texts, 'list', 'p/'), can(texts, 'read', 'p/x')]).toEqual([true, true])
  })

  it('of the folder and of what is in it are denied alike', () => {
    const texts = [path('foo/metadata/*', ['list']), path('foo/metadata/private/*', ['deny'])]

    expect(can(texts, 'list', 'foo/metadata/private/')).toBe(false)
    expect(can(texts, 'list', 'foo/metadata/private/app/')).toBe(false)
    expect(can(texts, 'list', 'foo/metadata/public/')).toBe(true)
  })

  it('is granted by the narrower rule inside a wider deny', () => {
    const deny = path('secret/*', ['deny'])

    for (const grant of ['secret/p/*', 'secret/p/', 'secret/p', 'secret/p*']) {
      expect([grant, can([deny, path(grant, ['list'])], 'list', 'secret/p/')]).toEqual([grant, true])
    }
  })

  it('is not granted by a wider rule when the narrower one says nothing of it', () => {
    expect(can([path('secret/*', ['list']), path('secret/p/*', ['read'])], 'list', 'secret/p/')).toBe(false)
    expect(can([path('secret/*', ['read']), path('secret/p/*', ['list'])], 'list', 'secret/p/')).toBe(true)
    expect(can([path('secret/*', ['read']), path('secret/+', ['list'])], 'list', 'secret/p/')).toBe(true)
  })
})

describe('several policies with one path', () => {
  it('are united', () => {
    expect(acl(path('a', ['read']), path('a', ['list']), path('/a', ['patch'])).capabilities('a')).toEqual(
      ['read', 'list', 'patch'],
    )
  })

  it('are denied by one of them, wherever it stands', () => {
    for (const order of [['read', 'deny', 'sudo'], ['deny', 'read', 'read'], ['read', 'read', 'deny']]) {
      const rules = acl(...order.map((one) => path('a', [one])))
      expect(rules.check({ operation: 'read', path: 'a' })).toMatchObject({ allowed: false, sudo: false })
      expect(rules.capabilities('a')).toEqual(['deny'])
    }
  })

  it('unite their parameters, and an empty list swallows values', () => {
    const one = path('a', ['update'], 'allowed_parameters = { x = ["1"] y = ["1"] }')
    const two = path('a', ['update'], 'allowed_parameters = { x = ["2"] y = [] }')
    const passes =
      (data: Record<string, unknown>) => [[one, two], [two, one]].map((texts) => can(texts, 'update', 'a', { data }))

    expect(passes({ x: '1' })).toEqual([true, true])
    expect(passes({ x: '2' })).toEqual([true, true])
    expect(passes({ x: '3' })).toEqual([false, false])
    expect(passes({ y: '3' })).toEqual([true, true])
    expect(passes({ z: '1' })).toEqual([false, false])
  })

  it('keep the restriction of one although another has none', () => {
    const texts = [path('a', ['update'], 'denied_parameters = { x = [] }'), path('a', ['update'])]

    expect(can(texts, 'update', 'a', { data: { x: 1 } })).toBe(false)
  })

  it('require what any of them requires', () => {
    const texts = ['x', 'y'].map((name) => path('a', ['update'], `required_parameters = ["${name}"]`))

    expect(can(texts, 'update', 'a', { data: { x: 1 } })).toBe(false)
    expect(can(texts, 'update', 'a', { data: { x: 1, y: 1 } })).toBe(true)
  })

  it('take the smallest of each wrapping bound that is not zero', () => {
    const rules = acl(
      path('a', ['read'], 'min_wrapping_ttl = 10 max_wrapping_ttl = 100'),
      path('a', ['read'], 'min_wrapping_ttl = 5 max_wrapping_ttl = 0'),
      path('a', ['read'], 'max_wrapping_ttl = 50'),
    )
    expect(rules.check({ operation: 'read', path: 'a', wrapTtlSeconds: 5 })).toMatchObject(
      { allowed: true, wrap: { min: 5, max: 50 } },
    )
  })

  it('are refused altogether when the bounds cross', () => {
    const texts = [path('a', ['read'], 'min_wrapping_ttl = 10'), path('a', ['read'], 'max_wrapping_ttl = 5')]

    expect([4, 5, 7, 10, 11].some((wrapTtlSeconds) => can(texts, 'read', 'a', { wrapTtlSeconds }))).toBe(false)
  })
})

describe('parameters', () => {
  const all = ['create', 'read', 'update', 'patch', 'delete', 'list']
  const with_ = (rest: string, data: Record<string, unknown> | undefined, operation: Operation = 'update') =>
    can(path('a', all, rest), operation, 'a', data && { data })

  it('are asked for in Vault\'s order: required, none at all, denied, allowed', () => {
    expect(with_('required_parameters = ["x"] allowed_parameters = { x = [] }', undefined)).toBe(false)
    expect(with_('denied_parameters = { "*" = [] } allowed_parameters = { x = [] }', {})).toBe(true)
    expect(with_('denied_parameters = { "*" = [] } allowed_parameters = { x = [] }', { x: 1 })).toBe(false)
    expect(with_('denied_parameters = { x = ["b"] } allowed_parameters = { x = [] }', { x: 'b' })).toBe(false)
    expect(with_('denied_parameters = { x = ["b"] } allowed_parameters = { x = [] }', { x: 'c' })).toBe(true)
  })

  it('may be any where `*` is allowed, but named ones keep their values', () => {
    const rest = 'allowed_parameters = { "*" = [] x = ["1"] }'

    expect([with_(rest, { y: 'z' }), with_(rest, { x: '1', y: 2 }), with_(rest, { x: '2' })]).toEqual(
      [true, true, false],
    )
  })

  it('are compared by lower-case name', () => {
    expect(with_('denied_parameters = { Secret = [] }', { sECRET: 1 })).toBe(false)
    expect(with_('allowed_parameters = { Secret = [] }', { sECRET: 1 })).toBe(true)
    expect(with_('required_parameters = ["Secret"]', { secret: 1 })).toBe(true)
  })

  it('that every object inherits do not count as given', () => {
    expect(with_('required_parameters = ["constructor"]', { x: 1 })).toBe(false)
  })

  it.each([
    ['"ab*"', 'abc', true], ['"ab*"', 'ab', true], ['"*bc"', 'abc', true], ['"*b*"', 'abc', true],
    ['"ab*"', 'xab', false],
    ['"*"', 'any', true], ['"*"', '', true], ['"a"', 'ab', false], ['"a*b"', 'axb', false], ['5', 5, true],
    ['5', '5', true], ['"5"', 5, true],
    ['5', new RawNumber('5.0'), true], ['5', 6, false], ['5', '', false], ['0', null, false], ['true', true, true],
    ['true', 'true', true],
    ['true', false, false], ['[1, "a"]', [1, 'a'], true], ['{ k = "v" }', { k: 'v' }, true],
    ['{ k = "v" }', 'x', false], ['"x"', { toString: 'x' }, false],
    ['"x"', undefined, false],
  ])('with the value %s in the policy meet %j: %s', (literal, value, met) => {
    expect(with_(`allowed_parameters = { x = [${literal}] }`, { x: value })).toBe(met)
    expect(with_(`denied_parameters = { x = [${literal}] }`, { x: value })).toBe(!met)
  })

  it.each([['[1]', [1, 2]], ['1', [1, 2]], ['{ k = "v" }', { k: 'v', l: 1 }]])('with the value %s are denied, and not allowed, in %j, which holds more', (literal, value) => {
    expect(with_(`allowed_parameters = { x = [${literal}] }`, { x: value })).toBe(false)
    expect(with_(`denied_parameters = { x = [${literal}] }`, { x: value })).toBe(false)
  })

  it('matter to create, read, update and patch, never to delete and list', () => {
    const rest = 'denied_parameters = { "*" = [] } required_parameters = ["y"]'
    const passing = (all as Operation[]).filter((operation) => with_(rest, { x: 1 }, operation))

    expect(passing).toEqual(['delete', 'list'])
  })
})

describe('wrapping', () => {
  const granted = (rest: string) => [undefined, 0, 4, 5, 10, 11].filter((wrapTtlSeconds) =>
    can(path('a', ['list'], rest), 'list', 'a', { wrapTtlSeconds }))

  it('is demanded by either bound, and must lie within them', () => {
    expect(granted('')).toEqual([undefined, 0, 4, 5, 10, 11])
    expect(granted('min_wrapping_ttl = 5')).toEqual([5, 10, 11])
    expect(granted('max_wrapping_ttl = 10')).toEqual([4, 5, 10])
    expect(granted('min_wrapping_ttl = 5 max_wrapping_ttl = 10')).toEqual([5, 10])
    expect(granted('min_wrapping_ttl = 0')).toEqual([undefined, 0, 4, 5, 10, 11])
  })
})

describe('capabilities', () => {
  it('come in Vault\'s order, or say deny', () => {
    const rules = acl(path('a/*', ['patch', 'create', 'delete', 'update', 'list', 'read', 'sudo']), path('b', []))

    expect(rules.capabilities('/a/b')).toEqual(['sudo', 'read', 'list', 'update', 'delete', 'create', 'patch'])
    expect([rules.capabilities('b'), rules.capabilities('c')]).toEqual([['deny'], ['deny']])
  })

  it('of a folder are those that LIST would find', () => {
    expect(acl(path('p', ['list'])).capabilities('p/')).toEqual(['list'])
  })
})

describe('anything under a mount', () => {
  it.each([
    ['secret/x', true], ['secret/*', true], ['sec*', true], ['*', true], ['+/x', true], ['+/+/x*', true],
    ['secret/+', true],
    ['secret', true], ['secrets/*', false], ['kv/*', false], ['+', true], ['secretx', false],
  ])('is reached by %j: %s', (rule, reached) => {
    expect(acl(path(rule, ['read'])).anyUnder('secret/')).toBe(reached)
    expect(acl(path(rule, ['deny'])).anyUnder('secret/')).toBe(false)
  })

  it('is not reached by a wide rule that a deny overrules', () => {
    expect(acl(path('*', ['read']), path('secret/*', ['deny'])).anyUnder('secret/')).toBe(false)
    expect(acl(path('secret/x', ['read']), path('secret/*', ['deny'])).anyUnder('secret/')).toBe(true)
    expect(acl(path('+/x', ['read']), path('secret/*', ['deny'])).anyUnder('secret/')).toBe(false)
    expect(acl(path('auth/github/*', ['read'])).anyUnder('auth/token/')).toBe(false)
  })
})

describe('thousands of patterns', () => {
  it('are brought into one order, in whichever they were written: the longest that matches decides', () => {
    const lengths = Array.from({ length: 1_300 }, (_, i) => ((i * 7) % 1_300) + 1)
    const rules = acl(lengths.map((length) => path(`${'a'.repeat(length)}*`, [length % 2 ? 'read' : 'update'])).join('\n'))
    for (const length of [1, 2, 511, 512, 513, 1_024, 1_025, 1_299, 1_300]) {
      expect(rules.capabilities('a'.repeat(length))).toEqual([length % 2 ? 'read' : 'update'])
    }
  })
})
