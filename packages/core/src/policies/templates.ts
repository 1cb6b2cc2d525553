import { type PathRule, type Policy } from './policy.js'

/** A path in pieces: what stands between `{{` and `}}` at the odd places, plain text at the even ones. */
function split(path: string): string[] | undefined {
  const pieces = path.split(/(\{\{|\}\})/)
  const texts = pieces.filter((_, at) => at % 2 === 0)
  const marks = pieces.filter((_, at) => at % 2 === 1)
  const paired = marks.length % 2 === 0 && marks.every((mark, at) => mark === (at % 2 === 0 ? '{{' : '}}'))
  return paired ? texts.map((text, at) => (at % 2 ? text.trim() : text)) : undefined
}

/** What an expression such as `identity.entity.id` stands for, if anything. */
export type Lookup = (expression: string) => string | undefined

export type TemplateFault = 'unbalanced' | 'empty'

/** Whether a path holds templates, and whether they are well formed. Which expressions exist is the lookup's affair. */
export function inspectTemplate(path: string): { templated: boolean; fault?: TemplateFault } {
  if (!path.includes('{{') && !path.includes('}}')) return { templated: false }
  const pieces = split(path)
  if (!pieces) return { templated: true, fault: 'unbalanced' }
  return pieces.some((piece, at) => at % 2 === 1 && piece === '')
    ? { templated: true, fault: 'empty' }
    : { templated: true }
}

/**
 * A value may only ever be text within one segment. An entity that renames itself `*`, `+` or `a/b` must not widen
 * the paths its policies name, and neither may one named `..`.
 */
function safe(value: string): boolean {
  return value !== '' && value !== '.' && value !== '..' && !/[*+/\p{Cc}]/u.test(value)
}

function fill(path: string, lookup: Lookup): string | undefined {
  const pieces = split(path)
  if (!pieces) return undefined
  let filled = ''
  for (const [at, piece] of pieces.entries()) {
    const value = at % 2 === 0 ? piece : lookup(piece)
    if (value === undefined || (at % 2 === 1 && !safe(value))) return undefined
    filled += value
  }
  return filled
}

/**
 * Fills `{{identity…}}` in the policy's paths. A path with a value that is missing, empty or unsafe is dropped, a
 * denying one too, as in Vault; the rest of the policy stays. What a value contains is not searched for templates.
 */
export function resolveTemplates(policy: Policy, lookup: Lookup): Policy {
  if (!policy.templated) return policy
  const rules = policy.rules.flatMap((rule): PathRule[] => {
    if (!rule.templated) return [rule]
    const path = fill(rule.path, lookup)
    return path === undefined ? [] : [{ ...rule, path, templated: false }]
  })
  return { ...policy, rules, templated: false }
}
