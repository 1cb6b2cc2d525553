import type { Permission } from '@chatelaine/etcd'
import { ClusterError } from '../errors.js'
import type { User } from '../certificates/folder.js'

/** Everything under a prefix: from `/chatelaine/` to just before `/chatelaine0`, 0 being the sign after the slash. */
export const rangeOf = (prefix: string) => ({ key: `${prefix}/`, range_end: `${prefix}0` })

const [read, readwrite] = [0, 2] as const

/**
 * What each role may do with keys. `operator` may do nothing with any: it is for looking, at what etcd shows to everybody who has
 * a certificate (its members, alarms and metrics). All that etcd calls maintenance it keeps for root: status over gRPC, compaction,
 * defragmentation, snapshots, disarming, members and users. No role can be given any of it, so who does these things is root.
 * `chatelaine` needs nothing outside its prefix: its elections are in it.
 */
export const rolesFor = (prefix: string): readonly { readonly name: User; readonly may: readonly Permission[] }[] => [
  { name: 'root', may: [] },
  { name: 'chatelaine', may: [{ permType: readwrite, ...rangeOf(prefix) }] },
  { name: 'backup', may: [{ permType: read, ...rangeOf(prefix) }] },
  { name: 'operator', may: [] },
]

/** `/chatelaine`, also of `/chatelaine/`. A prefix of nothing would be all of etcd, and is refused. */
export function checkedPrefix(given: string): string {
  const prefix = given.replace(/\/+$/, '')
  if (/^(\/[\w.-]+)+$/.test(prefix) && !prefix.split('/').some((part) => part === '.' || part === '..')) return prefix
  throw ClusterError.badName({ what: 'prefix', given, wanted: 'a path such as /chatelaine' })
}

/** As etcdctl would say it. */
export const wordsFor = ({ permType, key, range_end: end }: Permission): string =>
  `${['read', 'write', 'readwrite'][permType] ?? '?'} on ${end === '' ? key : key.endsWith('/') && end === `${key.slice(0, -1)}0` ? `${key}*` : `${key} to ${end}`}`
