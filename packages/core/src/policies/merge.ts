import type { Sliced } from '@chatelaine/sdk'
import { bitsOf, capabilityBit, operations, withDeny, type Operation } from './capabilities.js'
import { hasParameterRules, mergeParameters, type ParameterRules } from './parameters.js'
import { type PathRule, type Policy, type WrapBounds } from './policy.js'

/** All that several policies say of one path, united. */
export interface Merged {
  readonly path: string
  readonly capabilities: number
  readonly parameters: ParameterRules
  readonly wrap: WrapBounds
  readonly grantedBy: Readonly<Record<Operation, readonly string[]>>
  /** The request itself has to be looked at, not only its path. */
  readonly conditional: boolean
}

/** So many rules are looked at between two turns of other work. */
export const piece = 64

/** One entry for each path. A template nobody has filled names no path, and is left out. */
export function* mergeRules(policies: readonly Policy[]): Sliced<Merged[]> {
  const byPath = new Map<string, Merged>()
  let done = 0
  for (const { name, rules } of policies) {
    for (const rule of rules) {
      if (rule.templated) continue
      const known = byPath.get(rule.path)
      byPath.set(rule.path, known ? merge(known, single(rule, name)) : single(rule, name))
      if (++done % piece === 0) yield
    }
  }
  return [...byPath.values()]
}

function single({ path, capabilities, parameters, wrap }: PathRule, policy: string): Merged {
  const grants = (operation: Operation) => (capabilities & capabilityBit[operation] ? [policy] : [])
  return settled({ path, capabilities, parameters, wrap, grantedBy: perOperation(grants) })
}

function merge(one: Merged, other: Merged): Merged {
  const capabilities = withDeny(one.capabilities | other.capabilities)
  if (capabilities === bitsOf(['deny'])) {
    return settled({ path: one.path, capabilities, parameters: {}, wrap: {}, grantedBy: perOperation(() => []) })
  }
  const grants = (operation: Operation) => [...new Set([...one.grantedBy[operation], ...other.grantedBy[operation]])]
  return settled({
    path: one.path,
    capabilities,
    parameters: mergeParameters(one.parameters, other.parameters),
    wrap: mergeWrap(one.wrap, other.wrap),
    grantedBy: perOperation(grants),
  })
}

function settled(rule: Omit<Merged, 'conditional'>): Merged {
  return { ...rule, conditional: hasParameterRules(rule.parameters) || Boolean(rule.wrap.min || rule.wrap.max) }
}

/** For both bounds the smaller that is not zero; zero is as good as absent. */
function mergeWrap(one: WrapBounds, other: WrapBounds): WrapBounds {
  const min = smaller(one.min, other.min)
  const max = smaller(one.max, other.max)
  return { ...(min && { min }), ...(max && { max }) }
}

function smaller(one = 0, other = 0): number {
  return one && other ? Math.min(one, other) : one || other
}

export function perOperation<T>(value: (operation: Operation) => T): Record<Operation, T> {
  return Object.fromEntries(operations.map((operation) => [operation, value(operation)])) as Record<Operation, T>
}
