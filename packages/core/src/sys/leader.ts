import { path, reply } from '@chatelaine/sdk'
import type { SysContext } from './context.js'

/** `sys/ha-status`: every node serves every request, and says so in the words clients ask with. */
export const leaderPaths = ({ server, clock }: SysContext) => [
  path('ha-status', 'The nodes of this cluster.').read({
    summary: 'List nodes.',
    handle: async () =>
      reply({
        data: {
          nodes: [
            {
              hostname: server.clusterName,
              api_address: server.apiAddress(),
              cluster_address: '',
              active_node: true,
              last_echo: clock.now().toISOString(),
              version: server.vaultVersion,
              upgrade_version: server.vaultVersion,
            },
          ],
        },
        form: 'legacy',
      }),
  }),
  path('step-down', 'Let another node lead.', { sudo: true }).write({
    summary: 'Accepted; no node leads here, so there is nothing to give up.',
    handle: async () => undefined,
  }),
]
