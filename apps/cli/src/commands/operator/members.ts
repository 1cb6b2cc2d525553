import { isRecord, type Data } from '@chatelaine/client'
import { command } from '../../command.js'
import { goText } from '../../output/go-text.js'
import { table } from '../../output/table.js'

const columns = [
  ['Host Name', 'hostname'],
  ['API Address', 'api_address'],
  ['Cluster Address', 'cluster_address'],
  ['Active Node', 'active_node'],
  ['Sealed', 'sealed'],
  ['Caretaker', 'caretaker'],
  ['Version', 'version'],
  ['Last Echo', 'last_echo'],
] as const

export const members = command({
  name: 'operator members',
  summary: 'The nodes that share one storage: where they are, whether they are sealed, and which is the caretaker.',
  examples: [['Look:', 'operator members'], ['In a script:', 'operator members -format=json']],
  doing: 'reading HA status',
  async run({ vault, print }) {
    const { data = {} } = await vault.request({ verb: 'read', path: 'sys/ha-status' })
    const nodes = Array.isArray(data['nodes']) ? data['nodes'].filter(isRecord) : []
    // Vault's command line spells it so.
    print.value({ Nodes: nodes }, () => table([columns.map(([title]) => title), ...nodes.map(row)]))
  },
})

const row = (node: Data): string[] => columns.map(([, field]) => goText(node[field] ?? ''))
