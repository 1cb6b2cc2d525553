import { isRecord, type Data } from '@chatelaine/client'
import { parseJson } from '@chatelaine/sdk'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CliError } from '../errors.js'
import type { Io } from '../io.js'
import { wholeInput } from './stdin.js'

/**
 * Data as Vault's commands take it: `key=value`, `key=@file`, `key=-` (standard input), `key=\@literal`, `@file.json` and `-`
 * (a JSON object). A key given twice becomes a list.
 */
export async function readValues(args: readonly string[], io: Io): Promise<Data> {
  const fromStdin = args.filter((arg) => arg === '-' || /^[^=]+=-$/.test(arg))
  if (fromStdin.length > 1) throw CliError.stdinTwice()
  const values: Record<string, unknown> = {}
  for (const arg of args) {
    if (arg === '-') addAll(values, object(await wholeInput(io), 'standard input'))
    else if (arg.startsWith('@')) addAll(values, object(await fileText(arg.slice(1), io), arg.slice(1)))
    else add(values, ...(await pair(arg, io)))
  }
  return values
}

async function pair(arg: string, io: Io): Promise<[string, string]> {
  const at = arg.indexOf('=')
  if (at < 1) throw CliError.badPair()
  return [arg.slice(0, at), await valueOf(arg.slice(at + 1), io)]
}

async function valueOf(text: string, io: Io): Promise<string> {
  if (text === '-') return wholeInput(io)
  if (text.startsWith('@')) return fileText(text.slice(1), io)
  return text.startsWith('\\@') ? text.slice(1) : text
}

function add(values: Record<string, unknown>, key: string, value: string): void {
  const before = Object.hasOwn(values, key) ? values[key] : undefined
  put(values, key, before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value])
}

function addAll(values: Record<string, unknown>, more: Data): void {
  for (const [key, value] of Object.entries(more)) put(values, key, value)
}

/** Also where the key is `__proto__`, which an assignment would pass over. */
function put(values: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(values, key, { value, enumerable: true, writable: true, configurable: true })
}

function object(text: string, from: string): Data {
  const parsed = orUndefined(() => parseJson(text))
  if (!isRecord(parsed)) throw CliError.badData({ from })
  return parsed
}

function orUndefined<V>(attempt: () => V): V | undefined {
  try {
    return attempt()
  } catch {
    return undefined
  }
}

export async function fileText(path: string, { cwd, env }: Io): Promise<string> {
  const at = resolve(cwd, path.replace(/^~(?=\/)/, env['HOME'] ?? '~'))
  try {
    return await readFile(at, 'utf8')
  } catch (error) {
    throw CliError.unreadableFile({ path, code: (error as NodeJS.ErrnoException).code ?? 'unknown' }, { cause: error })
  }
}
