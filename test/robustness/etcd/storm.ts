import type { LocalNode } from '@chatelaine/etcd-cluster'
import type { Fault } from './faults.js'
import { openNetwork, type Network } from './network.js'
import { until } from './processes.js'
import { compactAndDefragment } from './room.js'
import { nameOf, type Planned, type Round, type Struckable } from './schedule.js'
import type { ServerNode } from './servers.js'
import { openWired, type Wired } from './wired.js'

/** A stage where everything can be struck: members behind cables, servers behind wires of their own. */
export interface Stormy extends Wired {
  readonly network: Network
}

export async function openStormy(): Promise<Stormy> {
  const network = openNetwork(3)
  try {
    const stage = await openWired({ wrap: network.wrap, addresses: network.addresses })
    return { ...stage, network, close: () => stage.close().finally(() => network.close()) }
  } catch (error) {
    network.close()
    throw error
  }
}

/** What puts it right again. */
type End = () => unknown

/** Something that can be done to one member or server, whatever has been done to others. */
interface Strike extends Struckable {
  /** A process that is gone comes back when nothing else is wrong any more: members first, for a server needs them. */
  readonly comesBack?: 'first' | 'last'
  readonly do: (stage: Stormy, which: number) => Promise<End> | End
}

const member = ({ etcd }: Stormy, which: number) => etcd.nodes[which] as LocalNode
const server = ({ servers }: Stormy, which: number) => servers[which] as ServerNode

/** Does it over and over, also when it fails, for what else is wrong may be the reason. */
function repeatedly(what: () => Promise<unknown>): End {
  let ended = false
  const repeating = (async () => {
    while (!ended) {
      await what().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  return () => {
    ended = true
    return repeating
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export const strikes: readonly Strike[] = [
  {
    name: 'killed', on: 'member', comesBack: 'first',
    async do(stage, which) {
      await member(stage, which).kill()
      return () => member(stage, which).start()
    },
  },
  {
    name: 'frozen', on: 'member',
    do(stage, which) {
      member(stage, which).freeze()
      return () => member(stage, which).thaw()
    },
  },
  {
    name: 'stopped four fifths of the time', on: 'member',
    do(stage, which) {
      const end = repeatedly(async () => {
        member(stage, which).freeze()
        await pause(80)
        member(stage, which).thaw()
      })
      return end
    },
  },
  {
    name: 'cut off', on: 'member',
    do({ network }, which) {
      network.cut(which)
      return () => network.mend(which)
    },
  },
  {
    name: 'heard by nobody', on: 'member',
    do({ network }, which) {
      network.silence(which)
      return () => network.hear(which)
    },
  },
  {
    name: 'hearing nobody', on: 'member',
    do({ network }, which) {
      network.deafen(which)
      return () => network.hear(which)
    },
  },
  { name: 'losing packets', on: 'member', do: ({ network }, which) => network.flap(which) },
  {
    name: 'killed', on: 'server', comesBack: 'last',
    async do(stage, which) {
      await server(stage, which).kill()
      // As who starts services does: again, until it stays.
      return () => until('the server runs again', () => server(stage, which).start().then(() => true, () => false))
    },
  },
  {
    name: 'frozen', on: 'server',
    do(stage, which) {
      server(stage, which).freeze()
      return () => server(stage, which).thaw()
    },
  },
  {
    name: 'cut off from etcd', on: 'server',
    do({ wires }, which) {
      wires[which]?.forEach((wire) => wire.cut())
      return () => wires[which]?.forEach((wire) => wire.mend())
    },
  },
  {
    name: 'losing answers', on: 'server',
    do: ({ wires }, which) => repeatedly(async () => {
      for (const wire of wires[which] ?? []) await wire.loseAnswers()
    }),
  },
  {
    name: 'far from etcd', on: 'server',
    do({ wires }, which) {
      wires[which]?.forEach((wire) => wire.slow({ delayMs: 30, stallEvery: 40, stallMs: 300 }))
      return () => wires[which]?.forEach((wire) => wire.slow())
    },
  },
  {
    name: 'five seconds early', on: 'server',
    async do(stage, which) {
      stage.tape.clocksAreWrong(5)
      await server(stage, which).setClock(5000)
      return () => server(stage, which).setClock(0)
    },
  },
  { name: 'etcd compacted and defragmented', on: 'etcd', do: (stage) => repeatedly(() => compactAndDefragment(stage.etcd)) },
]

const strikeOf = ({ fault, on }: Planned) => strikes.find((strike) => strike.name === fault && strike.on === on) as Strike
const order = ({ comesBack }: Strike) => (comesBack === 'last' ? 2 : comesBack === 'first' ? 1 : 0)

/** Both at a time. Nobody is promised to be spared: only that nothing is ever wrong, and that all is well again afterwards. */
export const faultOf = (round: Round): Fault<Stormy> => ({
  name: nameOf(round),
  limits: {},
  async strike(stage) {
    const done: { readonly strike: Strike; readonly end: End }[] = []
    const end = async () => {
      for (const one of done.splice(0).sort((a, b) => order(a.strike) - order(b.strike))) await one.end()
    }
    try {
      for (const planned of round.faults) {
        const strike = strikeOf(planned)
        done.push({ strike, end: await strike.do(stage, planned.which) })
      }
    } catch (error) {
      await end()
      throw error
    }
    return { spared: [], end }
  },
})
