import { closeSync, fchmodSync, fstatSync, fsyncSync, openSync, readFileSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs'
import { parse } from 'dotenv'
import { TelegaError } from './errors.js'
import { reasonOf } from './system.js'

export type Env = Readonly<Record<string, string | undefined>>

export interface EnvFile {
  readonly text: string
  readonly values: Env
  /** Others on this machine may read it. */
  readonly open: boolean
}

const absent: EnvFile = { text: '', values: {}, open: false }

/** One descriptor for both questions: what is in the file, and whether others on this machine may read it. */
export function readEnvFile(file: string): EnvFile {
  let fd: number | undefined
  try {
    fd = openSync(file, 'r')
    const bytes = readFileSync(fd)
    if (bytes.includes(0)) throw TelegaError.notText({ file })
    const text = bytes.toString('utf8')
    return { text, values: parse(text), open: (fstatSync(fd).mode & 0o077) !== 0 }
  } catch (cause) {
    if (TelegaError.notText.is(cause)) throw cause
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return absent
    throw TelegaError.unreadable({ file, reason: reasonOf(cause) }, { cause })
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** A name, `=` or `: `, and a value that may run over several lines in quotes: each match is what one name is given. */
const given = /^([^\S\n]*(?:export\s+)?)([\w.-]+)(?:\s*=|:\s)[^\S\n]*(?:'(?:\\'|[^'])*'|"(?:\\"|[^"])*"|`(?:\\`|[^`])*`)?[^\n]*(?:\n|$)/gm

/**
 * `text` with `changes` in it: where a name stands already its first line is replaced, with its `export`, and further ones go; new
 * names follow at the end; undefined takes a name out. Everything else stays as it was, which the reader of the file confirms.
 */
export function withValues(text: string, changes: Env, file: string): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n'
  const left = new Map(Object.entries(changes).filter((entry): entry is [string, string] => entry[1] !== undefined))
  const replaced = text.replace(given, (whole, before: string, name: string) => {
    if (!Object.hasOwn(changes, name)) return whole
    const value = left.get(name)
    left.delete(name)
    return value === undefined ? '' : `${before}${name}=${quoted(value)}${end}`
  })
  const gap = left.size === 0 || replaced === '' || replaced.endsWith('\n') ? '' : end
  const result = replaced + gap + [...left].map(([name, value]) => `${name}=${quoted(value)}${end}`).join('')
  const kept = (values: Env) => JSON.stringify(Object.entries(values).filter(([name]) => !Object.hasOwn(changes, name)).sort())
  const after = parse(result)
  const asWanted = Object.entries(changes).every(([name, value]) => after[name] === value)
  if (!asWanted || kept(parse(text)) !== kept(after)) throw TelegaError.envNotEditable({ file, names: Object.keys(changes).join(', ') })
  return result
}

/** As the reader gives it back: bare where nothing in it has a meaning, else in quotes that it does not hold. */
function quoted(value: string): string {
  if (/^[\w./:@%+,=~[\]-]*$/.test(value)) return value
  const quote = ["'", '`', '"'].find((one) => !value.includes(one)) ?? "'"
  return quote + value + quote
}

/** Replaces the file at once, readable by its owner alone; a link stays a link. Before it is renamed nothing has changed. */
export function writeEnvFile(file: string, text: string): void {
  const target = realOf(file)
  const draft = `${target}.new`
  try {
    rmSync(draft, { force: true })
    const fd = openSync(draft, 'wx', 0o600)
    try {
      fchmodSync(fd, 0o600)
      writeSync(fd, text)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(draft, target)
  } catch (cause) {
    rmSync(draft, { force: true })
    throw TelegaError.unwritable({ file, reason: reasonOf(cause) }, { cause })
  }
}

function realOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}
