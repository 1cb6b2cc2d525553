import { inSlices, type Sliced } from '@chatelaine/sdk'
import type { PlacedRule } from './parse-policy.js'

/** The spelling of an address that policies judge. */
export type Spelling = (address: string) => string

/** More lines than that tell nothing new. */
const mostLines = 20

/**
 * A warning for rules whose path is none that a request is judged by: a name in upper case where names are kept in lower case, or a slash
 * at the end of a name. Such a rule grants nothing. One for exactly one path denies what it means all the same; one with a pattern
 * denies only requests that are spelt like it. Lines are named, and no text.
 */
export async function misspelt(rules: readonly PlacedRule[], spelling: Spelling): Promise<readonly string[]> {
  const lines = await inSlices(linesOf(rules, spelling))
  if (lines.length === 0) return []
  const named = lines.slice(0, mostLines).join(', ')
  const more = lines.length > mostLines ? ` and ${lines.length - mostLines} more` : ''
  const [what, grants] = lines.length === 1 ? [`the path on line ${named} is`, 'grants'] : [`the paths on lines ${named}${more} are`, 'grant']
  return [`${what} not spelt as requests are judged, and ${grants} nothing: write names in lower case where they are kept so, and no slash after a name`]
}

function* linesOf(rules: readonly PlacedRule[], spelling: Spelling): Sliced<readonly number[]> {
  const lines = new Set<number>()
  for (const { rule, line } of rules) {
    const address = sampleOf(rule.path)
    const meant = spelling(address)
    // The address of a whole mount is the same with and without the slash at its end.
    if (!rule.templated && meant !== address && meant !== `${address}/`) lines.add(line)
    yield
  }
  return [...lines]
}

/** An address that the path of a rule stands for: what follows a prefix, and what stands for any name, is a name in every form. */
const sampleOf = (path: string): string => path.replace(/\*$/, 'x').replace(/(?<=^|\/)\+(?=\/|$)/g, 'x')
