import { truth } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { AuditError } from './errors.js'

type Options = Readonly<Record<string, string>>

/** What stands in a line. These options mean the same for every type of device, so no device ever sees them. */
export interface LineOptions {
  readonly hmacAccessor: boolean
  readonly logRaw: boolean
  readonly elideListResponses: boolean
  readonly prefix: string
}

/** These as they are read, for policies. */
export const lineOptionFields = {
  format: T.String(), hmac_accessor: T.Boolean(), log_raw: T.Boolean(), elide_list_responses: T.Boolean(), prefix: T.String(),
}

const lineOptions = Object.keys(lineOptionFields)

/**
 * Splits what `audit enable` was given: ours are read and checked, the rest is for the device, which refuses what it
 * does not know.
 */
export function splitOptions(options: Options): { readonly line: LineOptions; readonly device: Options } {
  if ((options['format'] ?? 'json') !== 'json') throw AuditError.badOption({ option: 'format', wanted: '"json"' })
  return {
    line: {
      hmacAccessor: flag(options, 'hmac_accessor', true),
      logRaw: flag(options, 'log_raw', false),
      elideListResponses: flag(options, 'elide_list_responses', false),
      prefix: checkedPrefix(options['prefix'] ?? ''),
    },
    device: Object.fromEntries(Object.entries(options).filter(([name]) => !lineOptions.includes(name))),
  }
}

function flag(options: Options, option: string, otherwise: boolean): boolean {
  const value = options[option]
  if (value === undefined) return otherwise
  return truth(value) ?? raise(option, 'true or false')
}

/**
 * A prefix starts every line of a file whose place the same request chose, so it must not make the line mean anything
 * to another program. Without `#`, `!`, `/`, `*`, quotes and line breaks there is no interpreter line and no crontab
 * entry; with 32 characters there is no SSH public key, the shortest of which takes 80.
 */
function checkedPrefix(prefix: string): string {
  if (/^[A-Za-z0-9 _.:@=[\]-]{0,32}$/.test(prefix)) return prefix
  return raise('prefix', 'at most 32 letters, digits, spaces and . _ : @ = [ ] -')
}

function raise(option: string, wanted: string): never {
  throw AuditError.badOption({ option, wanted })
}
