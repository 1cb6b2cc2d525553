import type { ClusterState, MemberState } from './survey.js'

const head = ['Endpoint', 'Name', 'ID', 'Version', 'Role', 'Term', 'Index', 'Lag', 'DB size', 'In use', 'Alarms']

/** Rows of a table, the heading first. A member that does not answer has a dash where it would have to. */
export const rowsOf = ({ members }: ClusterState): string[][] => [head, ...members.map(rowOf)]

function rowOf(member: MemberState): string[] {
  const { endpoint, name, id, version, role, raftTerm, raftIndex, lag, dbSize, dbSizeInUse, alarms, reachable } = member
  return [
    endpoint, name ?? '-', id ?? '-', version ?? '-', reachable ? (role ?? '-') : 'unreachable', ...[raftTerm, raftIndex, lag].map((one) => String(one ?? '-')),
    bytes(dbSize), bytes(dbSizeInUse), reachable ? alarms.join(', ') || 'none' : '-',
  ]
}

/** As `20 KiB`; of more than ten of a unit no fractions. */
export function bytes(count: number | undefined): string {
  if (count === undefined) return '-'
  const units = ['B', 'KiB', 'MiB', 'GiB']
  let [value, unit] = [count, 0]
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1]
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** The same for programs, in the snake_case of everything on a wire. */
export const plainOf = ({ members, healthy, problems, warnings }: ClusterState) => ({
  healthy,
  problems,
  warnings,
  members: members.map((one) => ({
    endpoint: one.endpoint, name: one.name ?? null, id: one.id ?? null, reachable: one.reachable, version: one.version ?? null, role: one.role ?? null,
    raft_term: one.raftTerm ?? null, raft_index: one.raftIndex ?? null, lag: one.lag ?? null,
    db_size: one.dbSize ?? null, db_size_in_use: one.dbSizeInUse ?? null, alarms: one.alarms,
  })),
})
