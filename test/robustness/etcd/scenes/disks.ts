import { join } from 'node:path'
import type { LocalNode } from '@chatelaine/etcd-cluster'
import { mountDisk, mountsAvailable, type Disk } from '../disk.js'
import { sparingAll, type Fault } from '../faults.js'
import { until } from '../processes.js'
import { mountSlowDisk, slowDisksAvailable, type SlowDisk } from '../slow-disk.js'
import { openStage, type Stage } from '../stage.js'
import { scene } from './scene.js'

type Small = Stage & { readonly disk: Disk }

/** Two files of the log lie ready from the start, 64 MiB each. */
const diskBytes = 220 << 20

/** The member whose disk it is ends: it can keep nothing any more. */
const diskFull: Fault<Small> = {
  name: "the disk of etcd's leader full",
  limits: { gap: 3000 },
  cramped: true,
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

export const fullDisks = scene({
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

type Slow = Stage & { readonly slowDisk: SlowDisk }

/** So few writes a second that each time the log is written to the disk takes a tenth of a second and more. */
const writesPerSecond = 20

const slowDisk = (name: string, choose: (stage: Stage, victim: LocalNode) => Promise<void>): Fault<Slow> => ({
  name,
  limits: {},
  async strike(stage) {
    const [victim] = stage.etcd.nodes as [LocalNode]
    await choose(stage, victim)
    stage.slowDisk.slow(victim.pid as number, writesPerSecond)
    return sparingAll(stage, () => stage.slowDisk.recover())
  },
})

export const slowDisks = scene({
  name: 'a disk that is slow',
  lacks: slowDisksAvailable,
  async open(): Promise<Slow> {
    let disk: SlowDisk | undefined
    const stage = await openStage({
      prepare(folder) {
        disk = mountSlowDisk(join(folder, 'etcd', 'etcd-1'))
        return disk.unmount
      },
    })
    return { ...stage, slowDisk: disk as SlowDisk }
  },
  faults: [
    slowDisk("the disk of etcd's leader slow", (stage, victim) => stage.seat(victim)),
    slowDisk("the disk of an etcd follower slow", (stage, victim) => stage.unseat(victim)),
  ],
})
