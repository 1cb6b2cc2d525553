/**
 * The canonical forms of names. A name that several spellings mean is brought into its form once, before a policy judges it, so
 * that the policy and the handler see the same one. Whoever needs another form adds a row: `canonical` gives undefined for what
 * has no form, and changes nothing in what is in its form already.
 */
interface NameForm {
  /** What a name must be, for the error and for readers of the API. */
  readonly rule: string
  /** What is told to who writes under another spelling; left out where nobody would wonder. */
  readonly mended?: string
  canonical(given: string): string | undefined
}

/** Each token writes the names of its policies into the audit records of all its requests. */
const longestName = 512

const nameForms = {
  'lower-case': {
    rule: 'is compared in lower case',
    mended: 'is kept in lower case',
    canonical: (given) => given.toLowerCase(),
  },
  'policy-name': {
    rule: 'must be the name of a policy, which has at most 512 characters, may not begin or end with a space, or hold control or invisible characters',
    mended: 'is kept in lower case',
    canonical(given) {
      if (given.length > longestName) return undefined
      const lower = given.toLowerCase()
      return invisible.test(given) || invisible.test(lower) ? undefined : lower
    },
  },
  /** Letters, digits and hyphens; everything else becomes a hyphen, and none stands at the ends. */
  'display-name': {
    rule: 'is kept in letters, digits and hyphens',
    canonical: (given) => given.replace(/[^A-Za-z0-9-]/g, '-').replace(/^-+|-+$/g, ''),
  },
  /** Digits without zeros or spaces around them. Other text is left for the engine to refuse. */
  'numeric-id': {
    rule: 'must be a number',
    canonical: (given) => /^0*(\d+)$/.exec(given.trim())?.[1] ?? given,
  },
  /** Without the slashes at its ends. */
  'bare-path': {
    rule: 'must be a path without empty, "." or ".." segments, spaces at its ends, or control or invisible characters',
    canonical(given) {
      const bare = withoutSlashes(given)
      const hollow = bare.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')
      return hollow || invisible.test(bare) ? undefined : bare
    },
  },
} as const satisfies Readonly<Record<string, NameForm>>

export type Form = keyof typeof nameForms

/** Control, format (invisible) and surrogate characters, every space but the ordinary one, and that one at the ends. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}]|(?! )\p{Z}|^ | $/u

function withoutSlashes(given: string): string {
  let [start, end] = [0, given.length]
  while (given[start] === '/') start += 1
  while (end > start && given[end - 1] === '/') end -= 1
  return given.slice(start, end)
}

/** `given` in its only spelling, or undefined where it has none. */
export const canonical = (form: Form, given: string): string | undefined => nameForms[form].canonical(given)

/** The end of a sentence that begins with the name of a field. */
export const ruleOf = (form: Form): string => nameForms[form].rule

/** What to tell, in the same way, to who spelt a name otherwise. */
export const mendedBy = (form: Form): string | undefined => (nameForms[form] as NameForm).mended
