import { type ParameterRules } from './parameters.js'

/** The wrapping a rule demands, in seconds. Either bound alone already means that the request must wrap. */
export interface WrapBounds {
  readonly min?: number
  readonly max?: number
}

/** One `path` block. A rule that denies carries nothing else. */
export interface PathRule {
  /** As written, less a leading slash: `*` at the end and whole segments of `+` are wildcards. */
  readonly path: string
  /** Bits of `capabilityBit`. */
  readonly capabilities: number
  readonly parameters: ParameterRules
  readonly wrap: WrapBounds
  /** The path still holds `{{…}}`, and so grants nothing yet. */
  readonly templated: boolean
}

/** A policy as read, which nothing changes afterwards. */
export interface Policy {
  readonly name: string
  readonly rules: readonly PathRule[]
  /** At least one rule waits for `resolveTemplates`. */
  readonly templated: boolean
  /**
   * May do everything. True of `rootPolicy` alone: power hangs on this object and not on a name, so no spelling
   * of "root" that finds its way into storage gains any.
   */
  readonly root: boolean
}

export const rootPolicy: Policy = Object.freeze({ name: 'root', rules: [], templated: false, root: true })
