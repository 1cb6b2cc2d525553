import { command } from '../command.js'
import { leaderOf, showStatus } from './seal-status.js'

export const status = command({
  name: 'status',
  summary: 'Whether the server is initialised and unsealed. Exit code 0 when unsealed, 2 when sealed, 1 when nobody can say.',
  examples: [['In a script:', 'status -format=json']],
  doing: 'checking seal status',
  failsWith: 1,
  async run({ vault, print }) {
    const seal = (await vault.request({ verb: 'read', path: 'sys/seal-status' })).data ?? {}
    showStatus(seal, await leaderOf(vault), print)
    return seal['sealed'] === false ? 0 : 2
  },
})
