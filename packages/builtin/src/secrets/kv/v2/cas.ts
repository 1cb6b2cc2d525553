import { RawNumber } from '@chatelaine/sdk'
import { KvError } from '../errors.js'
import type { Found } from './change.js'

/** Lets a write through when it names the version it replaces, or need not name one. */
export function checkCas({ config, history }: Found, options: Readonly<Record<string, unknown>> = {}): void {
  if (Object.hasOwn(options, 'cas')) {
    if (whole(options['cas']) !== (history?.current ?? 0)) throw KvError.casMismatch()
  } else if (config.casRequired || history?.casRequired) throw KvError.casRequired()
}

/** As lenient as Vault: 1, "1", 1.0 and true are 1, null and "" are 0. */
function whole(given: unknown): number {
  const plain = given instanceof RawNumber ? given.literal : given
  const cas = Number(plain)
  if ((typeof plain === 'object' && plain !== null) || !Number.isInteger(cas)) throw KvError.casInvalid()
  return cas
}
