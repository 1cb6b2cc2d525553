import { isRecord, type Data, type Vault } from '@chatelaine/client'
import { command } from '../command.js'
import { showStatus } from './seal-status.js'

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

/** A sealed or uninitialised server may not know its leader. */
async function leaderOf(vault: Vault): Promise<Data> {
  const answer = await vault.request({ verb: 'read', path: 'sys/leader', accept: [400, 500, 501, 503] })
  return answer.status === 200 && isRecord(answer.data) ? answer.data : {}
}
