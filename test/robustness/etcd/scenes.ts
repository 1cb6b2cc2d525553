import { join } from 'node:path'
import type { LocalNode } from '@chatelaine/etcd-cluster'
import { mountDisk, mountsAvailable, type Disk } from './disk.js'
import {
  caretakerFrozen, followerFrozen, leaderFrozen, leaderKilled, serverKilled, twoKilled, watchedFollower, watchedFollowerFrozen, type Fault,
} from './faults.js'
import { networksAvailable, openNetwork, type Network } from './network.js'
import { until } from './processes.js'
import { runFault, type FaultReport, type RunOptions } from './report.js'
import { fillUp, makeRoom } from './room.js'
import type { ServerNode } from './servers.js'
import { openStage, type Stage } from './stage.js'
import { openWire, type Wire } from './wire.js'

/** A stage of a certain kind, and the faults it is for. */
export interface Scene {
  readonly name: string
  readonly faults: readonly string[]
  /** What this machine would have to have for it; undefined where it has all. */
  lacks(): string | undefined
  open(): Promise<OpenScene>
}

export interface OpenScene {
  run(fault: string, options: RunOptions): Promise<FaultReport>
  close(): Promise<void>
}

interface SceneParts<S extends Stage> {
  readonly name: string
  readonly lacks?: () => string | undefined
  readonly faults: readonly Fault<S>[]
  readonly open: () => Promise<S>
}

const scene = <S extends Stage>({ name, lacks = () => undefined, faults, open }: SceneParts<S>): Scene => ({
  name,
  faults: faults.map((fault) => fault.name),
  lacks,
  async open() {
    const stage = await open()
    return {
      run: (wanted, options) => runFault(stage, faults.find((fault) => fault.name === wanted) as Fault<S>, options),
      close: () => stage.close(),
    }
  },
})

const processes = scene({
  name: 'processes that are killed and frozen',
  open: openStage,
  faults: [serverKilled, caretakerFrozen, followerFrozen, watchedFollowerFrozen, leaderKilled, leaderFrozen, twoKilled],
})

type Cabled = Stage & { readonly network: Network }

const cutting = (name: string, limit: number, whom: (stage: Stage) => Promise<LocalNode>): Fault<Cabled> => ({
  name,
  limits: { gap: limit },
  async strike(stage) {
    const victim = stage.etcd.nodes.indexOf(await whom(stage))
    stage.network.cut(victim)
    return { spared: stage.servers, end: async () => stage.network.mend(victim) }
  },
})

/** Packets are lost in silence, as with a frozen process; but what is cut off goes on, and believes what it last heard. */
const cables = scene({
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
    cutting('the etcd follower cut off that carries the watch', 1200, watchedFollower),
    cutting('the etcd leader cut off', 4000, (stage) => stage.leader()),
  ],
})

type Wired = Stage & { readonly wires: readonly Wire[] }

/** What was asked is done, and nobody is told. */
const answersLost: Fault<Wired> = {
  name: 'answers of etcd lost, again and again',
  limits: {},
  async strike({ servers, wires }) {
    let [ended, rounds] = [false, 0]
    const losing = (async () => {
      for (; !ended; rounds++) await wires[rounds % wires.length]?.loseAnswers()
    })()
    return {
      spared: servers,
      done: () => until('answers were lost on every wire', () => wires.every((wire) => wire.lost > 0) && rounds > 20),
      async end() {
        ended = true
        await losing
      },
    }
  },
}

const wires = scene({
  name: 'answers that are lost',
  async open(): Promise<Wired> {
    const wires: Wire[] = []
    const through = async (endpoints: readonly string[]) => {
      wires.push(...(await Promise.all(endpoints.map(openWire))))
      return wires.map(({ endpoint }) => endpoint)
    }
    const stage = await openStage({ through })
    return { ...stage, wires, close: () => stage.close().finally(() => wires.forEach((wire) => wire.close())) }
  },
  faults: [answersLost],
})

type Small = Stage & { readonly disk: Disk }

/** Two files of the log lie ready from the start, 64 MiB each. */
const diskBytes = 220 << 20

/** The member whose disk it is ends: it can keep nothing any more. */
const diskFull: Fault<Small> = {
  name: "the disk of etcd's leader full",
  limits: { gap: 3000 },
  async strike({ etcd, servers, disk, seat }) {
    const [victim] = etcd.nodes as [LocalNode]
    await seat(victim)
    disk.fill()
    return {
      spared: servers,
      done: () => until('the member with the full disk has ended', () => victim.pid === undefined),
      async end() {
        disk.clear()
        await victim.start()
      },
    }
  },
}

const disks = scene({
  name: 'a disk that is full',
  lacks: () => (mountsAvailable() ? undefined : 'mounting, which takes root'),
  async open(): Promise<Small> {
    let disk: Disk | undefined
    const stage = await openStage({
      prepare(folder) {
        disk = mountDisk(join(folder, 'etcd', 'etcd-1'), diskBytes)
        return disk.unmount
      },
    })
    return { ...stage, disk: disk as Disk }
  },
  faults: [diskFull],
})

const quotaBytes = 24 << 20

/** Every member refuses whatever would need space, in clear words. What is kept can still be read. */
const outOfSpace: Fault = {
  name: 'etcd out of space',
  limits: { refusal: 2000, recovery: 3000 },
  async strike({ servers, etcd, root }) {
    const [server] = servers as [ServerNode]
    await fillUp(server, root)
    return {
      spared: servers,
      reading: true,
      done: () => until('the storage is known to be out of space', async () => (await server.measure('chatelaine_storage_state', { state: 'no_space' })) === 1),
      end: () => makeRoom(etcd),
    }
  },
}

const quotas = scene({ name: 'a quota that is used up', open: () => openStage({ quotaBytes }), faults: [outOfSpace] })

export const scenes: readonly Scene[] = [processes, cables, wires, disks, quotas]
