import { isRecord, type Data, type Vault } from '@chatelaine/client'
import { ordered, type Fields } from '../output/envelope.js'
import { goText } from '../output/go-text.js'
import type { Printer } from '../output/printer.js'

/** Prints a seal status and, where known, the node's place among others, as `status` and `operator unseal` do. */
export function showStatus(seal: Data, leader: Data, print: Printer): void {
  const known = ordered(fields, { ...seal, ...leader })
  const rest = Object.entries({ ...seal, ...leader }).filter(([name]) => !Object.hasOwn(fields, name))
  print.data({ ...known, ...Object.fromEntries(rest) }, [...sealRows(seal), ...leaderRows(seal, leader)])
}

/** In the order of Vault's command line. What is undefined is left out where the server does not say it. */
const fields: Fields = {
  type: '', initialized: false, sealed: false, t: 0, n: 0, progress: 0, nonce: '', version: '', build_date: '', migration: false,
  cluster_name: undefined, cluster_id: undefined, recovery_seal: false, recovery_seal_type: undefined, storage_type: undefined,
  ha_enabled: false, is_self: undefined, active_time: '0001-01-01T00:00:00Z', leader_address: undefined, leader_cluster_address: undefined,
  performance_standby: undefined, performance_standby_last_remote_wal: undefined,
}

/** Who leads. A sealed server of several does not know, but that there are several. */
export async function leaderOf(vault: Vault): Promise<Data> {
  const answer = await vault.request({ verb: 'read', path: 'sys/leader', accept: [400, 500, 501, 503] })
  if (answer.status !== 200) return answer.errors.some((one) => one.includes('Vault is sealed')) ? { ha_enabled: true } : {}
  return isRecord(answer.data) ? answer.data : {}
}

type Rows = string[][]
const row = (name: string, value: unknown) => [name, goText(value ?? '')]

function sealRows(seal: Data): Rows {
  const kind = seal['recovery_seal'] ? 'Recovery ' : ''
  return [
    row('Seal Type', seal['type']),
    ...(kind ? [row('Recovery Seal Type', seal['recovery_seal_type'] ?? 'shamir')] : []),
    row('Initialized', seal['initialized']),
    row('Sealed', seal['sealed']),
    row(`Total ${kind}Shares`, seal['n']),
    row('Threshold', seal['t']),
    ...(seal['sealed'] ? [row('Unseal Progress', `${goText(seal['progress'])}/${goText(seal['t'])}`), row('Unseal Nonce', seal['nonce'])] : []),
    ...(seal['migration'] ? [row('Seal Migration in Progress', true)] : []),
    row('Version', seal['version']),
    row('Build Date', seal['build_date']),
    row('Storage Type', seal['storage_type']),
    ...(seal['cluster_name'] ? [row('Cluster Name', seal['cluster_name']), row('Cluster ID', seal['cluster_id'])] : []),
  ]
}

function leaderRows(seal: Data, leader: Data): Rows {
  const enabled = leader['ha_enabled'] === true
  if (!enabled || seal['sealed'] !== false) return [row('HA Enabled', enabled)]
  const self = leader['is_self'] === true
  const since = leader['active_time']
  return [
    row('HA Enabled', true),
    row('HA Cluster', leader['leader_cluster_address']),
    row('HA Mode', self ? 'active' : 'standby'),
    ...(self && since && since !== fields['active_time'] ? [row('Active Since', since)] : []),
    ...(self ? [] : [row('Active Node Address', leader['leader_address'] || '<none>')]),
  ]
}
