import { asNumber, asString, HclError, type Value } from '@chatelaine/hcl'
import { DurationError, parseDuration, parseMilliseconds } from '@chatelaine/sdk'

/** Seconds, from 300 or "5m". */
export const duration = (value: Value): number => parsed(value, parseDuration)

/** Milliseconds, from "100ms"; a number is seconds, as everywhere. */
export const milliseconds = (value: Value): number => parsed(value, parseMilliseconds)

function parsed(value: Value, parse: (given: unknown) => number): number {
  try {
    const length = parse(value.kind === 'number' ? asNumber(value) : asString(value))
    if (length >= 0) return length
  } catch (error) {
    if (!DurationError.invalid.is(error)) throw error
  }
  throw new HclError('expected a duration such as "768h"', value.at)
}
