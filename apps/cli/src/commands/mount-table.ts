import { isRecord, type Answer, type Data } from '@chatelaine/client'
import { ordered, type Fields } from '../output/envelope.js'
import { goText, sortedEntries } from '../output/go-text.js'
import type { Printer } from '../output/printer.js'
import { table } from '../output/table.js'

const word = (entry: Data, name: string) => (entry[name] === undefined || entry[name] === null ? '' : goText(entry[name]))
const config = (entry: Data): Data => (isRecord(entry['config']) ? entry['config'] : {})

/** In seconds, for scripts read it. The two engines that every server has hold nothing that lasts. */
const ttl = (name: string) => (entry: Data): string => {
  if (entry['type'] === 'system' || entry['type'] === 'cubbyhole') return ''
  const seconds = config(entry)[name]
  return seconds === 0 || seconds === undefined ? 'system' : goText(seconds)
}

type Column = readonly [head: string, cell: (entry: Data) => string]

/** Columns shown after the path. */
const short: readonly Column[] = [
  ['Type', (entry) => word(entry, 'type')],
  ['Accessor', (entry) => word(entry, 'accessor')],
  ['Description', (entry) => word(entry, 'description')],
]
const version: Column = ['Version', (entry) => word(entry, 'plugin_version')]
const tokenType: Column = ['Token Type', (entry) => word(config(entry), 'token_type')]
const noCache: Column = ['Force No Cache', (entry) => goText(config(entry)['force_no_cache'] ?? false)]

const detailed = (own: Column): readonly Column[] => [
  ['Plugin', (entry) => word(entry, 'type')],
  ['Accessor', (entry) => word(entry, 'accessor')],
  ['Default TTL', ttl('default_lease_ttl')],
  ['Max TTL', ttl('max_lease_ttl')],
  own,
  ['Replication', (entry) => (entry['local'] ? 'local' : 'replicated')],
  ['Seal Wrap', (entry) => goText(entry['seal_wrap'] ?? false)],
  ['External Entropy Access', (entry) => goText(entry['external_entropy_access'] ?? false)],
  ['Options', (entry) => goText(entry['options'] ?? {})],
  ['Description', (entry) => word(entry, 'description')],
  ['UUID', (entry) => word(entry, 'uuid')],
  version,
  ['Running Version', (entry) => word(entry, 'running_plugin_version')],
  ['Running SHA256', (entry) => word(entry, 'running_sha256')],
  ['Deprecation Status', (entry) => word(entry, 'deprecation_status')],
]

/** A mount in JSON and YAML, in the order of Vault's command line. */
const fields: Fields = {
  uuid: '', type: '', description: '', accessor: '', config: {}, options: null, local: false, seal_wrap: false, external_entropy_access: false,
  plugin_version: '', running_plugin_version: '', running_sha256: '', deprecation_status: '',
}
const configFields: Fields = {
  default_lease_ttl: 0, max_lease_ttl: 0, force_no_cache: false, audit_non_hmac_request_keys: undefined, audit_non_hmac_response_keys: undefined,
  listing_visibility: undefined, passthrough_request_headers: undefined, allowed_response_headers: undefined, token_type: undefined,
  allowed_managed_keys: undefined, user_lockout_config: undefined, plugin_name: undefined,
}

export type Mounts = 'secrets' | 'auth'

/** What is mounted, path by path. Auth methods have tokens and show their version; secrets engines do not. */
export function showMounts(answer: Answer, kind: Mounts, long: boolean | undefined, print: Printer): void {
  if (answer.wrapInfo) return print.secret(answer)
  const shown = long ? detailed(kind === 'auth' ? tokenType : noCache) : kind === 'auth' ? [...short, version] : short
  const entries = sortedEntries(answer.data ?? {}).filter((pair): pair is [string, Data] => isRecord(pair[1]))
  const mounts = entries.map(([path, entry]) => [path, { ...ordered(fields, entry), config: ordered(configFields, config(entry)) }] as const)
  const rows = entries.map(([path, entry]) => [path, ...shown.map(([, cell]) => cell(entry))])
  print.value(Object.fromEntries(mounts), () => table([['Path', ...shown.map(([head]) => head)], ...rows]))
}
