import { path, reply, type ClusterNode } from '@chatelaine/sdk'
import type { SysContext } from './context.js'

/** `sys/ha-status`: every unsealed node serves every request, and says so in the words clients ask with. */
export const leaderPaths = ({ server, clock, node }: SysContext) => {
  const alone = (): ClusterNode => ({
    id: '', name: server.nodeName(), apiAddress: server.apiAddress(), version: server.build, sealed: false, caretaker: true,
  })
  const shown = ({ name, apiAddress, version, sealed, caretaker }: ClusterNode) => ({
    hostname: name,
    api_address: apiAddress,
    cluster_address: '',
    active_node: !sealed,
    last_echo: clock.now().toISOString(),
    version: server.vaultVersion,
    upgrade_version: server.vaultVersion,
    chatelaine: version,
    sealed,
    caretaker,
  })
  return [
    path('ha-status', 'The nodes of this cluster.').read({
      summary: 'List nodes.',
      handle: async () => {
        const nodes = (await node.nodes?.()) ?? [alone()]
        return reply({ data: { nodes: nodes.map(shown) }, form: 'legacy' })
      },
    }),
    path('step-down', 'Let another node be the caretaker.', { sudo: true }).write({
      summary: 'Give up the work that only one node does; requests are served as before.',
      handle: async () => void (await node.stepDown()),
    }),
  ]
}
