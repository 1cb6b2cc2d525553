import type { Data } from '@chatelaine/client'
import { goText } from '../output/go-text.js'
import type { Printer } from '../output/printer.js'

/** Prints a seal status and, where known, the node's place among others, as `status` and `operator unseal` do. */
export function showStatus(seal: Data, leader: Data, print: Printer): void {
  const whole = { ...seal, ...leader }
  print.data(whole, [...sealRows(seal), ...leaderRows(seal, leader)])
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
  if (!enabled) return [row('HA Enabled', false)]
  const self = leader['is_self'] === true
  return [
    row('HA Enabled', true),
    row('HA Cluster', leader['leader_cluster_address']),
    row('HA Mode', seal['sealed'] ? 'sealed' : self ? 'active' : 'standby'),
    ...(self ? [row('Active Since', leader['active_time'])] : [row('Active Node Address', leader['leader_address'])]),
  ]
}
