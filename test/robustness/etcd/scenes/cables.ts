import { type LocalNode } from '@chatelaine/etcd-cluster'
import { sparingAll, watchedFollower, type Fault } from '../faults.js'
import { networksAvailable, openNetwork, type Network } from '../network.js'
import { openStage, type Stage } from '../stage.js'
import { scene } from './scene.js'

type Cabled = Stage & { readonly network: Network }

interface Cabling {
  readonly name: string
  readonly gap?: number
  readonly whom: (stage: Stage) => Promise<LocalNode>
  /** Gives what puts it right again. */
  readonly how: (network: Network, victim: number) => () => unknown
}

const fault = ({ name, gap, whom, how }: Cabling): Fault<Cabled> => ({
  name,
  limits: { ...(gap !== undefined && { gap }) },
  async strike(stage) {
    const mend = how(stage.network, stage.etcd.nodes.indexOf(await whom(stage)))
    return sparingAll(stage, mend)
  },
})

const leader = (stage: Stage) => stage.leader()
const follower = async (stage: Stage) => (await stage.followers())[0] as LocalNode

const cut: Cabling['how'] = (network, victim) => {
  network.cut(victim)
  return () => network.mend(victim)
}

/** What it sends is lost; what is sent to it arrives. */
const silenced: Cabling['how'] = (network, victim) => {
  network.silence(victim)
  return () => network.hear(victim)
}

/** What is sent to it is lost; what it sends arrives. */
const deafened: Cabling['how'] = (network, victim) => {
  network.deafen(victim)
  return () => network.hear(victim)
}

const flapping: Cabling['how'] = (network, victim) => network.flap(victim)

/** Packets are lost in silence, as with a frozen process; but what is cut off goes on, and believes what it last heard. */
export const cables = scene({
  name: 'cables that are pulled',
  lacks: () => (networksAvailable() ? undefined : 'network namespaces, which take root'),
  async open(): Promise<Cabled> {
    const network = openNetwork(3)
    try {
      const stage = await openStage({ wrap: network.wrap, addresses: network.addresses })
      return { ...stage, network, close: () => stage.close().finally(() => network.close()) }
    } catch (error) {
      network.close()
      throw error
    }
  },
  faults: [
    fault({ name: 'the etcd follower cut off that carries the watch', gap: 1200, whom: watchedFollower, how: cut }),
    fault({ name: 'the etcd leader cut off', gap: 4000, whom: leader, how: cut }),
    fault({ name: 'the etcd leader heard by nobody, and hearing all', gap: 4000, whom: leader, how: silenced }),
    fault({ name: 'the etcd leader hearing nobody, and heard by all', gap: 4000, whom: leader, how: deafened }),
    fault({ name: 'an etcd follower hearing nobody, and heard by all', whom: follower, how: deafened }),
    fault({ name: "the cable of etcd's leader down for moments, so that packets are lost", whom: leader, how: flapping }),
  ],
})
