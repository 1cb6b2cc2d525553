import type { Fault } from '../faults.js'
import { until } from '../processes.js'
import { fillUp, makeRoom } from '../room.js'
import type { ServerNode } from '../servers.js'
import { openStage } from '../stage.js'
import { scene } from './scene.js'

const quotaBytes = 24 << 20

/** Every member refuses whatever would need space, in clear words. What is kept can still be read. */
const outOfSpace: Fault = {
  name: 'etcd out of space',
  limits: { refusal: 2000, recovery: 3000 },
  cramped: true,
  async strike({ servers, etcd, root }) {
    const [server] = servers as [ServerNode]
    await fillUp(server, root)
    return {
      spared: servers,
      reading: true,
      refusing: servers,
      done: () => until('the storage is known to be out of space', async () => (await server.measure('chatelaine_storage_state', { state: 'no_space' })) === 1),
      end: () => makeRoom(etcd),
    }
  },
}

export const quotas = scene({ name: 'a quota that is used up', open: () => openStage({ quotaBytes }), faults: [outOfSpace] })
