const digits = /[0-9]+/y
const letter = /\p{L}/u

/** The order in which Go's YAML writes keys: numbers within them count as numbers, and letters come after all other signs. */
export function naturalOrder(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  const at = left.findIndex((sign, i) => sign !== right[i])
  if (at < 0 || at >= right.length) return left.length - right.length
  const [one = '', other = ''] = [left[at], right[at]]
  const [isLetter, otherIsLetter] = [letter.test(one), letter.test(other)]
  if (isLetter !== otherIsLetter) return isLetter ? 1 : -1
  const from = isLetter ? -1 : startOfNumber(left, at)
  const numbers = from < 0 ? 0 : numberOrder(numberAt(left, from), numberAt(right, from))
  return numbers !== 0 ? numbers : one < other ? -1 : 1
}

/** Where the number begins in which two texts differ. */
function startOfNumber(signs: readonly string[], at: number): number {
  let from = at
  while (from > 0 && /[0-9]/.test(signs[from - 1] ?? '')) from--
  return from
}

function numberAt(signs: readonly string[], from: number): string {
  digits.lastIndex = 0
  return digits.exec(signs.slice(from).join(''))?.[0] ?? ''
}

/** By their size, however long they are; what is no number comes first. */
function numberOrder(one: string, other: string): number {
  const [a, b] = [one, other].map((number) => number.replace(/^0+(?=.)/, '')) as [string, string]
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : one.length - other.length
}
