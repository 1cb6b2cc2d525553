// Bodies under the limits, made from few words: which values, in which containers, how many. What is costly is found by trying.
const limits = { tokens: 500_000, entries: 10_000, elements: 10_000, string: 1_048_576, body: 32 * 2 ** 20 }

/** Texts of one value. */
const units = {
  empty: '""', letter: '"b"', number: '1', raw: '1.0', huge: '12345678901234567890', minus: '-0', object: '{}', list: '[]', word: 'true',
  pair: '{"a":1}', escape: '"\\u0001"', wide: '"é😀"', nested: '[[[[[[[[[[1]]]]]]]]]]',
}
const tokensOf = { object: 2, list: 2, pair: 4, nested: 21 }

/** Long strings, as one value each. */
const longs = {
  plain: () => 'x'.repeat(limits.string), controls: () => '\\u0001'.repeat(limits.string), newlines: () => '\\n'.repeat(limits.string),
  wide: () => 'é'.repeat(limits.string / 2), four: () => '😀'.repeat(limits.string / 4), quotes: () => '\\"'.repeat(limits.string),
}

const times = (count, make) => Array.from({ length: count }, (_, i) => make(i))

function listOf(unit, count) {
  const per = limits.elements
  const lists = []
  for (let left = count; left > 0; left -= per) lists.push(`[${times(Math.min(per, left), () => units[unit]).join(',')}]`)
  return `[${lists.join(',')}]`
}

function objectOf(unit, count, name) {
  const per = limits.entries
  const objects = []
  for (let left = count; left > 0; left -= per) objects.push(`{${times(Math.min(per, left), (i) => `"${name}${i}":${units[unit]}`).join(',')}}`)
  return `[${objects.join(',')}]`
}

function longStrings(kind) {
  const one = `"${longs[kind]()}"`
  const count = Math.max(1, Math.floor((limits.body - 4096) / (Buffer.byteLength(one) + 1)))
  return `[${times(count, () => one).join(',')}]`
}

/** A recipe is data, so that it can be changed a little: [shape, what, how much of what the limits leave]. */
export function bodyOf([shape, what, share]) {
  const budget = Math.floor((limits.tokens - 300) * share)
  if (shape === 'lists') return listOf(what, Math.floor(budget / (tokensOf[what] ?? 1)))
  if (shape === 'objects') return objectOf(what, Math.floor(budget / ((tokensOf[what] ?? 1) + 1)), 'n')
  if (shape === 'named') return objectOf(what, Math.min(200_000, Math.floor(budget / ((tokensOf[what] ?? 1) + 1))), 'a-name-of-some-length-as-people-give-them-')
  if (shape === 'strings') return longStrings(what)
  return `${'{"a":['.repeat(149)}${listOf(what, Math.floor(budget / (tokensOf[what] ?? 1)))}${']}'.repeat(149)}`
}

const shapes = ['lists', 'objects', 'named', 'deep']
export const seeds = [
  ...shapes.flatMap((shape) => Object.keys(units).map((unit) => [shape, unit, 1])),
  ...Object.keys(longs).map((kind) => ['strings', kind, 1]),
]

/** A neighbour of a recipe: a little less of it, or another shape of the same. */
export function changed([shape, what, share], random) {
  if (shape === 'strings' || random() < 0.5) return [shape, what, Math.max(0.02, share * (0.3 + random()))].map((one) => (typeof one === 'number' ? Math.min(1, one) : one))
  return [shapes[Math.floor(random() * shapes.length)], what, share]
}

export const forms = {
  'one pair': () => `a=${'x'.repeat(limits.string - 2)}`,
  'many names': () => times(10_000, (i) => `n${i}=%41`).join('&'),
  'one name, many values': () => 'a=%41%42&'.repeat(9_999),
  'percent-forms': () => times(10, (i) => `n${i}=${'%C3%A9'.repeat(limits.string / 2)}`).join('&').slice(0, limits.body),
  'only separators': () => '&'.repeat(limits.body - 1),
  'long values': () => times(30, (i) => `n${i}=${'x'.repeat(limits.string - 8)}`).join('&'),
  plus: () => times(30, (i) => `n${i}=${'+'.repeat(limits.string - 8)}`).join('&'),
}

export const heads = {
  'query, many parameters': () => ({ path: `/v1/secret/data/a?${'a&'.repeat(999)}` }),
  'query, far too many': () => ({ path: `/v1/secret/data/a?${'a&'.repeat(30_000)}` }),
  'query, percent-forms': () => ({ path: `/v1/secret/data/a?a=${'%C3%A9'.repeat(9_000)}` }),
  'path of many segments': () => ({ path: `/v1/secret/data/${'a/'.repeat(30_000)}b` }),
  'path of percent-forms': () => ({ path: `/v1/secret/data/${'%C3%A9'.repeat(9_000)}` }),
  'path of slashes': () => ({ path: `/v1/${'/'.repeat(60_000)}a` }),
  'one long segment': () => ({ path: `/v1/secret/data/${'a'.repeat(60_000)}` }),
  'namespace of slashes': () => ({ path: '/v1/secret/data/a', headers: { 'X-Vault-Namespace': `${'/'.repeat(60_000)}a` } }),
  'wrap TTL of digits': () => ({ path: '/v1/secret/data/a', headers: { 'X-Vault-Wrap-TTL': '1h'.repeat(30_000) } }),
  'authorization of blanks': () => ({ path: '/v1/secret/data/a', headers: { Authorization: `Bearer ${' '.repeat(60_000)}a` } }),
  'content type of blanks': () => ({ path: '/v1/secret/data/a', headers: { 'Content-Type': `a${' '.repeat(60_000)};` } }),
}
