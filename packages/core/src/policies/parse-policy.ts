import {
  asList, asObject, asString, asStrings, HclError, labelled, parse, readEntries, type Labelled, type Value,
} from '@chatelaine/hcl'
import { DurationError, parseDuration } from '@chatelaine/sdk'
import { allCapabilities, bitsOf, capabilityBit, legacyPolicies, type Capability } from './capabilities.js'
import { PolicyError } from './errors.js'
import { parseParameterValues } from './parse-parameters.js'
import { type ParameterRules } from './parameters.js'
import { type PathRule, type Policy, type WrapBounds } from './policy.js'
import { inspectTemplate } from './templates.js'

/** Far more than any request's path, and a bound on the depth of the tree that patterns are kept in. */
const longestPath = 4096

/** Reads a policy's text, HCL or JSON. Whatever is wrong with it is `PolicyError.malformed`, with line and column and nothing of the text. */
export function parsePolicy(name: string, text: string): Policy {
  const rules = placedRules(text).map(({ rule }) => rule)
  return { name, rules, templated: rules.some(({ templated }) => templated), root: false }
}

/** A rule, and the line that its path stands on. */
export interface PlacedRule {
  readonly rule: PathRule
  readonly line: number
}

/** The rules of a policy's text, in order. Throws what `parsePolicy` throws. */
export function placedRules(text: string): readonly PlacedRule[] {
  const rules: PlacedRule[] = []
  try {
    readEntries(parse(text), {
      once: { name: asString, description: asString },
      many: { path: (entry) => void rules.push(...labelled(entry).map((one) => ({ rule: parseRule(one), line: one.label.at.line }))) },
    })
  } catch (error) {
    if (!HclError.is(error)) throw error
    throw PolicyError.malformed({ reason: `${error.sentence} ${error.place}` }, { cause: error })
  }
  return rules
}

/** A block as it is read, before what belongs together is judged together. */
interface Draft {
  capabilities: Capability[]
  parameters: ParameterRules
  wrap: WrapBounds
}

function parseRule({ label, body }: Labelled): PathRule {
  const path = parsePath(label)
  const draft: Draft = { capabilities: [], parameters: {}, wrap: {} }
  readEntries(body, { once: readersOf(draft) })
  const { min = 0, max = 0 } = draft.wrap
  if (min && max && max < min) throw new HclError('max_wrapping_ttl cannot be less than min_wrapping_ttl', label.at)

  const capabilities = bitsOf(draft.capabilities)
  const denies = capabilities === capabilityBit.deny
  const { templated } = inspectTemplate(path)
  return { path, capabilities, templated, ...(denies ? { parameters: {}, wrap: {} } : pick(draft)) }
}

function pick({ parameters, wrap }: Draft): Pick<PathRule, 'parameters' | 'wrap'> {
  return { parameters, wrap }
}

/** A `*` elsewhere than at the end and a `+` beside other text stand for themselves, as in Vault. */
function parsePath({ name, at }: Labelled['label']): string {
  const path = name.startsWith('/') ? name.slice(1) : name
  if (path.length > longestPath) throw new HclError(`a path is longer than ${longestPath} characters`, at)
  if (path.includes('+*')) throw new HclError("invalid use of wildcards in a path ('+*' is forbidden)", at)
  const { fault } = inspectTemplate(path)
  if (fault === 'unbalanced') throw new HclError('unbalanced templating characters in a path', at)
  if (fault === 'empty') throw new HclError('empty template in a path', at)
  return path
}

type Reader = (value: Value) => void

function readersOf(draft: Draft): Record<string, Reader> {
  const refuse = (what: string): Reader => (value) => {
    // To pass over one of these would open what its author meant to guard.
    throw new HclError(`${what} is not supported yet`, value.at)
  }
  return {
    comment: asString,
    policy: (value) => void draft.capabilities.push(...parseLegacy(value)),
    capabilities: (value) => void draft.capabilities.push(...parseCapabilities(value)),
    allowed_parameters: (value) => assign(draft, { allowed: parseParameterValues(asObject(value)) }),
    denied_parameters: (value) => assign(draft, { denied: parseParameterValues(asObject(value)) }),
    required_parameters: (value) => assign(draft, { required: asStrings(value).map((name) => name.toLowerCase()) }),
    min_wrapping_ttl: (value) => void (draft.wrap = { ...draft.wrap, min: parseTtl(value) }),
    max_wrapping_ttl: (value) => void (draft.wrap = { ...draft.wrap, max: parseTtl(value) }),
    control_group: refuse('control_group'),
    mfa_methods: refuse('mfa_methods'),
  }
}

function assign(draft: Draft, rules: ParameterRules): void {
  draft.parameters = { ...draft.parameters, ...rules }
}

function parseLegacy(value: Value): readonly Capability[] {
  const name = asString(value)
  const known = Object.hasOwn(legacyPolicies, name) ? legacyPolicies[name] : undefined
  if (!known) throw new HclError(`invalid policy: use one of ${Object.keys(legacyPolicies).join(', ')}`, value.at)
  return known
}

function parseCapabilities(value: Value): Capability[] {
  return asList(value).map((item) => {
    const name = asString(item)
    const known = allCapabilities.find((capability) => capability === name)
    if (!known) throw new HclError(`invalid capability: use ${allCapabilities.join(', ')}`, item.at)
    return known
  })
}

function parseTtl(value: Value): number {
  const expected = new HclError('expected a duration such as "5m" or 300', value.at)
  try {
    const seconds = parseDuration(value.kind === 'number' ? value.value : asString(value))
    if (seconds < 0) throw expected
    return seconds
  } catch (error) {
    throw DurationError.invalid.is(error) ? expected : error
  }
}
