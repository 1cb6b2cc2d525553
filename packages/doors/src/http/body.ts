import { isUtf8 } from 'node:buffer'
import { jsonDepth, parseJson, RawNumber } from '@chatelaine/sdk'
import { HttpError } from '../errors.js'
import { readPairs, type Input } from './pairs.js'

/** A body's input: a JSON object, whatever the media type says, or a form that says so and does not look like JSON. */
export function readInput(bytes: Buffer, mediaType: string, depth: number): Input {
  if (bytes.length === 0) return {}
  if (!isUtf8(bytes)) throw HttpError.badJson({ problem: 'not UTF-8' })
  const text = bytes.toString('utf8')
  return isForm(text, mediaType) ? readForm(text) : readObject(text, depth)
}

// `curl -d '{…}'` names its JSON a form; Vault looks at the first character, and so do we.
const isForm = (text: string, mediaType: string) =>
  mediaType === 'application/x-www-form-urlencoded' && !/^[ \t\r\n]*\{/.test(text)

function readForm(text: string): Input {
  try {
    return readPairs(text)
  } catch (cause) {
    throw HttpError.badForm(undefined, { cause })
  }
}

function readObject(text: string, depth: number): Input {
  // Nesting costs two characters a level, so that a short text needs no counting.
  if (text.length > 2 * depth && jsonDepth(text, depth) > depth) {
    throw HttpError.badJson({ problem: 'nested too deeply' })
  }
  const value = parse(text)
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof RawNumber) {
    throw HttpError.badJson({ problem: 'an object is wanted' })
  }
  return value as Input
}

/** Without the cause: the built-in sentence quotes the text around the fault. */
function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw HttpError.badJson({ problem: 'invalid JSON' })
  }
}

/** A Content-Type without its parameters. */
export function mediaTypeOf(header: string | undefined): string {
  if (header === undefined) return ''
  const end = header.indexOf(';')
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase()
}
