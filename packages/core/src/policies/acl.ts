import { atOnce, type Sliced } from '@chatelaine/sdk'
import { capabilityBit, namesOf, type Capability, type Operation } from './capabilities.js'
import { PolicyError } from './errors.js'
import type { DeclaredInput } from './given.js'
import { mergeRules, perOperation, piece, type Merged } from './merge.js'
import { parametersPass } from './parameters.js'
import { parsePattern, witnessUnder, type Pattern } from './pattern.js'
import { plantingTree, type Ranked } from './pattern-tree.js'
import { type Policy, type WrapBounds } from './policy.js'

/** What a caller wants to do. `wrapTtlSeconds` is absent when the answer is not to be wrapped. */
export interface Access {
  readonly operation: Operation
  readonly path: string
  readonly data?: Readonly<Record<string, unknown>> | undefined
  /** What the operation makes of `data`; without it, parameters are judged as they were sent. */
  readonly declared?: DeclaredInput | undefined
  readonly wrapTtlSeconds?: number | undefined
}

/** The answer. On a path that needs sudo, `sudo` must hold as well as `allowed`. */
export interface Decision {
  readonly allowed: boolean
  /** A rule denies it, which is more than that none allows it. */
  readonly denied: boolean
  /** A rule denies it, or asks of parameters or wrapping what the request has not, whether or not it grants the operation. */
  readonly forbidden: boolean
  readonly sudo: boolean
  readonly root: boolean
  /** The policies that grant it, for the audit log; none when it is not allowed. */
  readonly grantedBy: readonly string[]
  /** The wrapping that the deciding rule demands. */
  readonly wrap: WrapBounds
}

/** All that one caller may do: his policies merged once, never changed, asked on every request. */
export interface Acl {
  check(access: Access): Decision
  /** For `sys/capabilities`, in Vault's order. `also` are other addresses of the same thing, where it may be denied. */
  capabilities(path: string, also?: readonly string[]): readonly (Capability | 'root')[]
  /**
   * The other spellings under which rules for exactly one path may mean `address`: in upper case, or with a slash at its end. Only
   * those that can refuse anything. Whether they do mean it is for the router to say.
   */
  alike(address: string): readonly string[]
  /** Whether anything at all is granted on or under a mount's address, which ends in a slash. */
  anyUnder(address: string): boolean
}

const nothing: Decision = Object.freeze({ allowed: false, denied: false, forbidden: false, sudo: false, root: false, grantedBy: [], wrap: {} })
const everything: Decision = Object.freeze({ allowed: true, denied: false, forbidden: false, sudo: true, root: true, grantedBy: ['root'], wrap: {} })
const rootAcl: Acl = { check: () => everything, capabilities: () => ['root'], alike: () => [], anyUnder: () => true }

export const buildAcl = (policies: readonly Policy[]): Acl => atOnce(buildingAcl(policies))

/** The same in pieces, for a caller who has many rules. */
export function* buildingAcl(policies: readonly Policy[]): Sliced<Acl> {
  if (policies.some(({ root }) => root)) {
    if (policies.length > 1) throw PolicyError.rootAmongOthers()
    return rootAcl
  }
  const rules = yield* inPieces(yield* mergeRules(policies), compile)
  const choose = yield* chooser(rules)
  const refusing = yield* refusingByFold(rules)
  return {
    check(access) {
      const path = withoutLeadingSlashes(access.path)
      // Vault's door adds the slash to a LIST that lacks it. Without it, a rule for what is below would be passed by.
      const listing = access.operation === 'list' && path !== '' && !path.endsWith('/')
      const rule = choose(listing ? `${path}/` : path, access.operation === 'list')
      return rule ? decide(rule, access) : nothing
    },
    // Vault answers as for a LIST, so that a folder is found under either of its spellings.
    capabilities(path, also = []) {
      const bits = (at: string) => choose(withoutLeadingSlashes(at), true)?.capabilities ?? 0
      return namesOf(also.some((at) => bits(at) & capabilityBit.deny) ? capabilityBit.deny : bits(path))
    },
    alike: (address) => (refusing.size === 0 ? [] : (refusing.get(folded(address)) ?? []).filter((path) => path !== address)),
    // A rule counts only where it also decides: `*` opens nothing under an address that another rule denies.
    anyUnder: (address) => rules.some(({ path, capabilities }) => {
      const witness = capabilities & ~capabilityBit.deny ? witnessUnder(parsePattern(path), address) : undefined
      return witness !== undefined && ((choose(witness, true)?.capabilities ?? 0) & ~capabilityBit.deny) !== 0
    }),
  }
}

const folded = (address: string) => address.replace(/\/+$/, '').toLowerCase()

/** The exact paths of the rules that deny, or that ask something of a request. */
function* refusingByFold(rules: readonly Rule[]): Sliced<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>()
  for (const [at, { path, capabilities, conditional }] of rules.entries()) {
    if (at % piece === 0) yield
    if (!(capabilities & capabilityBit.deny || conditional) || !parsePattern(path).exact) continue
    const key = folded(path)
    const known = found.get(key)
    if (known) known.push(path)
    else found.set(key, [path])
  }
  return found
}

function* inPieces<A, B>(all: readonly A[], make: (one: A) => B): Sliced<B[]> {
  const made: B[] = []
  for (const one of all) {
    made.push(make(one))
    if (made.length % piece === 0) yield
  }
  return made
}

function withoutLeadingSlashes(path: string): string {
  let start = 0
  while (path.charCodeAt(start) === 47) start += 1
  return start === 0 ? path : path.slice(start)
}

/** A merged rule with its answers made beforehand. */
interface Rule extends Merged {
  readonly granted: Readonly<Record<Operation, Decision>>
  readonly refused: Decision
  /** Refused for what the request has or lacks. */
  readonly unmet: Decision
}

function compile(merged: Merged): Rule {
  const { wrap } = merged
  const sudo = (merged.capabilities & capabilityBit.sudo) !== 0
  const granted = perOperation((operation): Decision => {
    return Object.freeze({ allowed: true, denied: false, forbidden: false, sudo, root: false, grantedBy: merged.grantedBy[operation], wrap })
  })
  const denied = (merged.capabilities & capabilityBit.deny) !== 0
  const refused = Object.freeze({ ...nothing, denied, forbidden: denied, sudo, wrap })
  return { ...merged, granted, refused, unmet: Object.freeze({ ...refused, forbidden: true }) }
}

type Choose = (path: string, listing: boolean) => Rule | undefined

/** An exact path beats all; of the patterns that match, one decides; nothing else is merged in. */
function* chooser(rules: readonly Rule[]): Sliced<Choose> {
  const exact = new Map<string, Rule>()
  const patterns: [Pattern, Rule][] = []
  const parsed = yield* inPieces(rules, (rule) => [parsePattern(rule.path), rule] as const)
  for (const [pattern, rule] of parsed) {
    if (pattern.exact) exact.set(rule.path, rule)
    else patterns.push([pattern, rule])
  }
  const match = yield* plantingTree(patterns)
  return (path, listing) => {
    const named = exact.get(path)
    if (named) return named
    if (!listing || !path.endsWith('/')) return match(path)?.value
    return chooseFolder(path, exact.get(path.slice(0, -1)), match)
  }
}

/**
 * LIST on `p/` where nothing names `p/` itself. Policies often leave out the slash, so `p` counts too; but what `p/`
 * is really subject to must not be lost by that (OpenBao's GHSA-xp3c-3jw3-4vcr):
 *
 * - A rule for exactly `p` decides, unless `p/*` denies: that names this very folder.
 * - Where the pattern that rules `p/` denies, it is denied, whatever matches only `p`.
 * - Otherwise the greater of the two patterns decides, in the order that holds for all patterns.
 */
function chooseFolder(
  path: string,
  named: Rule | undefined,
  match: (path: string) => Ranked<Rule> | undefined,
): Rule | undefined {
  const inside = match(path)
  const denies = Boolean(inside && inside.value.capabilities & capabilityBit.deny)
  if (named) return denies && inside?.value.path === `${path}*` ? inside.value : named
  if (denies) return inside?.value

  const outside = match(path.slice(0, -1))
  return (outside?.rank ?? 0) > (inside?.rank ?? 0) ? outside?.value : inside?.value
}

function decide(rule: Rule, access: Access): Decision {
  const { operation } = access
  const granted = (rule.capabilities & capabilityBit[operation]) !== 0
  if (rule.conditional && !conditionsHold(rule, access)) return rule.unmet
  return granted ? rule.granted[operation] : rule.refused
}

/** Parameters are no matter of `list` and `delete`; wrapping is of every operation. */
function conditionsHold({ wrap, parameters }: Merged, { operation, data, declared, wrapTtlSeconds }: Access): boolean {
  if (!wrapHolds(wrap, wrapTtlSeconds)) return false
  return operation === 'list' || operation === 'delete' || parametersPass(parameters, data, declared)
}

/** Merging two rules can leave a `min` above the `max`; then nothing passes both, and nothing is granted. */
function wrapHolds({ min, max }: WrapBounds, seconds: number | undefined): boolean {
  if (!min && !max) return true
  if (!seconds) return false
  return !(min && seconds < min) && !(max && seconds > max)
}
