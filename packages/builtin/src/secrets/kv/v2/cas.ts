import { KvError } from '../errors.js'
import type { Found } from './change.js'

/** Lets a write through when it names the version it replaces, or need not name one. */
export function checkCas({ config, history }: Found, { cas }: { readonly cas?: number } = {}): void {
  if (cas !== undefined) {
    if (cas !== (history?.current ?? 0)) throw KvError.casMismatch()
  } else if (config.casRequired || history?.casRequired) throw KvError.casRequired()
}
