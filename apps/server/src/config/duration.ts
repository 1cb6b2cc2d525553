import { asNumber, asString, HclError, type Value } from '@chatelaine/hcl'
import { DurationError, parseDuration } from '@chatelaine/sdk'

/** Seconds, from 300 or "5m". */
export function duration(value: Value): number {
  try {
    const seconds = parseDuration(value.kind === 'number' ? asNumber(value) : asString(value))
    if (seconds >= 0) return seconds
  } catch (error) {
    if (!DurationError.invalid.is(error)) throw error
  }
  throw new HclError('expected a duration such as "768h"', value.at)
}

