import { readFileSync } from 'node:fs'
import { TelegaError } from './errors.js'

/** What Telegram knows an application by. */
export interface SessionKeys {
  readonly apiId: number
  readonly apiHash: string
}

/** Reads `api_id` (a number, or digits in quotes) and `api_hash`. No error repeats what stands in the file. */
export function readSessionKeys(file: string): SessionKeys {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw TelegaError.noKeys({ file }, { cause })
  }
  const refuse = (problem: string) => TelegaError.badKeys({ file, problem })
  const found = parsed(text)
  if (!found) throw refuse('expected a JSON object with api_id and api_hash')
  const apiId = Number(found['api_id'])
  const apiHash = found['api_hash']
  if (!Number.isSafeInteger(apiId) || apiId <= 0) throw refuse('api_id must be a whole number')
  if (typeof apiHash !== 'string' || !/^[0-9a-f]+$/i.test(apiHash)) throw refuse('api_hash must be a string of hexadecimal digits')
  return { apiId, apiHash }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
