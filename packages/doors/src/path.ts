import type { Verb } from '@chatelaine/sdk'
import { HttpError } from './errors.js'

const plain = /^[\x20-\x7e]*$/
// What Go calls unprintable: controls, formatting marks, unassigned code points, and every space but the ordinary one.
const unprintable = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u
// A segment that is empty, `.` or `..`. A slash at the very end is a folder's and does no harm.
const hollow = /(?:^|\/)(?:\/|\.{1,2}(?:\/|$))/

/**
 * Passes a decoded path on, or refuses it. Every door asks this, so that no path has two spellings by the time a policy
 * is consulted: what `a/../b` would mean is never decided, and a listing always names its folder with the slash.
 */
export function checkPath(path: string, verb: Verb): string {
  if (path === '') throw HttpError.notHere()
  if (!plain.test(path) && unprintable.test(path)) throw HttpError.unprintablePath()
  if (hollow.test(path)) throw HttpError.badSegment()
  return verb === 'list' && !path.endsWith('/') ? `${path}/` : path
}
