import { isRecord, type Answer, type Data } from '@chatelaine/client'
import { goText, humanDuration, sortedEntries } from '../output/go-text.js'
import type { Printer } from '../output/printer.js'
import { table } from '../output/table.js'

const word = (entry: Data, name: string) => (entry[name] === undefined || entry[name] === null ? '' : goText(entry[name]))
const config = (entry: Data): Data => (isRecord(entry['config']) ? entry['config'] : {})
const ttl = (value: unknown) => (value === 0 || value === undefined ? 'system' : humanDuration(value))

type Column = readonly [head: string, cell: (entry: Data) => string]

/** Columns shown after the path. */
const short: readonly Column[] = [
  ['Type', (entry) => word(entry, 'type')],
  ['Accessor', (entry) => word(entry, 'accessor')],
  ['Description', (entry) => word(entry, 'description')],
]
const version: Column = ['Version', (entry) => word(entry, 'plugin_version')]

const detailed: readonly Column[] = [
  ['Plugin', (entry) => word(entry, 'type')],
  ['Accessor', (entry) => word(entry, 'accessor')],
  ['Default TTL', (entry) => ttl(config(entry)['default_lease_ttl'])],
  ['Max TTL', (entry) => ttl(config(entry)['max_lease_ttl'])],
  ['Token Type', (entry) => word(config(entry), 'token_type')],
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

export type Mounts = 'secrets' | 'auth'

/** What is mounted, path by path. Auth methods have tokens and show their version; secrets engines do not. */
export function showMounts({ data = {} }: Answer, kind: Mounts, long: boolean | undefined, print: Printer): void {
  const wide = kind === 'auth' ? detailed : detailed.filter(([head]) => head !== 'Token Type')
  const brief = kind === 'auth' ? [...short, version] : short
  const shown = long ? wide : brief
  const entries = sortedEntries(data).filter((pair): pair is [string, Data] => isRecord(pair[1]))
  const rows = entries.map(([path, entry]) => [path, ...shown.map(([, cell]) => cell(entry))])
  print.value(Object.fromEntries(entries), () => table([['Path', ...shown.map(([head]) => head)], ...rows]))
}
