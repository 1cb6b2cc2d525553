import { readFileSync } from 'node:fs'
import { TelegaError } from './errors.js'
import { reasonOf } from './system.js'

/** What Telegram knows an application by. */
export interface SessionKeys {
  readonly apiId: number
  readonly apiHash: string
}

/** Reads `api_id` (a number, or digits in quotes) and `api_hash`. No error repeats what stands in the file. */
export function readSessionKeys(file: string): SessionKeys {
  const found = parsed(textOf(file))
  const refuse = (problem: string) => TelegaError.badKeys({ file, problem })
  if (!found) throw refuse('expected a JSON object with api_id and api_hash')
  const apiId = wholeNumber(found['api_id'])
  const apiHash = found['api_hash']
  if (apiId === undefined) throw refuse('api_id must be a whole number')
  if (typeof apiHash !== 'string' || !/^[0-9a-f]+$/i.test(apiHash)) throw refuse('api_hash must be a string of hexadecimal digits')
  return { apiId, apiHash }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw TelegaError.noKeys({ file }, { cause })
    throw TelegaError.unreadable({ file, reason: reasonOf(cause) }, { cause })
  }
}

/** On the wire it is a signed 32-bit integer. */
function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number > 0 && number < 2 ** 31 ? number : undefined
}

// The parser's own error quotes what it stumbled on, and so is not passed on.
function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
