import { normalize } from 'node:path'
import { Type as T } from 'typebox'
import { AuditFileError } from './errors.js'

export type Target =
  | { readonly kind: 'stdout' }
  | { readonly kind: 'discard' }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number }

/** The device's options, for policies. A mode is the same with and without zeros before it. */
export const optionFields = T.Object({ file_path: T.String(), path: T.String({ aliasOf: 'file_path' }), mode: T.Integer() })

/** Reads the device's options. What is not known is refused: a misspelt `mode` must not leave a log open to all. */
export function targetOf(options: Readonly<Record<string, string>>): Target {
  const { file_path: filePath, path: shortPath, mode, ...others } = options
  if (Object.keys(others).length > 0) throw AuditFileError.unknownOption()
  const path = filePath ?? shortPath
  const bits = modeOf(mode)
  if (!path) throw AuditFileError.missingPath()
  if (path === 'stdout' || path === 'discard') return { kind: path }
  if (/^\/(dev|proc)\/.*(std(out|err)|fd\/\d+)$/.test(path)) throw AuditFileError.useStdout()
  if (!/^\/.*[^/]$/s.test(path) || normalize(path) !== path) throw AuditFileError.relativePath()
  if (!/^[\p{L}\p{M}\p{N} ._+@:=,%/-]+$/u.test(path)) throw AuditFileError.oddPath()
  return { kind: 'file', path, mode: bits }
}

// Execute and set-id bits would make a program of a file whose content a client chooses in part; a log that others than the
// owner may write proves nothing, and is not opened a second time.
const never = 0o7133
const always = 0o600

function modeOf(text = '0600'): number {
  const mode = /^0?[0-7]{3}$|^0+$/.test(text) ? parseInt(text, 8) : NaN
  if (Number.isNaN(mode) || (mode & never) !== 0 || (mode !== 0 && (mode & always) !== always)) throw AuditFileError.badMode()
  return mode
}
