import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { certificatesIn, ensureCertificates } from '@chatelaine/etcd-cluster'
import { mustAsk } from '../../ask.js'
import { sparingAll, type Fault } from '../faults.js'
import { until } from '../processes.js'
import type { ServerNode } from '../servers.js'
import { allWires, openWired, type Wired } from '../wired.js'
import { scene } from './scene.js'

/** Without this none ever is: the servers would not look. */
const settledAtLeast = 1

/**
 * What was asked is done, and nobody is told. Servers find out, so that hardly a client hears that it is not known. Between two losses each
 * server comes to answer, however long that takes.
 */
const answersLost: Fault<Wired> = {
  name: 'answers of etcd lost, again and again',
  limits: {},
  async strike(stage) {
    const { servers, root } = stage
    const before = await settledBy(servers)
    let ended = false
    const losing = (async () => {
      for (let i = 0; !ended; i++) {
        // Those of one member, on everybody's wire to it.
        await Promise.all(stage.wires.map((own) => own[i % own.length]?.loseAnswers()))
        await Promise.all(servers.map((server) => answering(server, root)))
      }
    })()
    losing.catch(() => undefined)
    return {
      spared: servers,
      async done() {
        await until('answers to every server were lost', () => stage.wires.slice(0, servers.length).every((own) => own.some((wire) => wire.lost > 0)))
        await until('servers found out what became of transactions whose answers were lost', async () => (await settledBy(servers)) >= before + settledAtLeast)
      },
      async end() {
        ended = true
        await losing
      },
    }
  },
}

const answersBetween = 15

/** Resolves when that server has answered some requests one after the other. */
async function answering({ url }: ServerNode, token: string): Promise<void> {
  for (let i = 0; i < answersBetween; i++) await mustAsk(url, { path: 'kv/data/anything', token })
}

async function settledBy(servers: readonly ServerNode[]): Promise<number> {
  const counts = await Promise.all(servers.map((server) => server.measure('chatelaine_etcd_answers_settled_total')))
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
}

/** All that servers and etcd say to each other comes late, and some of it a quarter of a second later still. */
const slowWires: Fault<Wired> = {
  name: 'wires that delay everything, and stall as where packets are lost',
  limits: {},
  async strike(stage) {
    const set = (how?: Parameters<Wired['wires'][0][0]['slow']>[0]) => allWires(stage).forEach((wire) => wire.slow(how))
    set({ delayMs: 20, stallEvery: 50, stallMs: 250 })
    return sparingAll(stage, () => set())
  },
}

/** It may answer nothing, for it cannot know what others have written meanwhile. */
const serverCutOff: Fault<Wired> = {
  name: 'one server cut off from etcd',
  limits: { refusal: 2000, recovery: 3000 },
  async strike({ servers, wires }) {
    const [victim, ...spared] = servers as [ServerNode, ...ServerNode[]]
    wires[0]?.forEach((wire) => wire.cut())
    return { spared, refusing: [victim], end: async () => wires[0]?.forEach((wire) => wire.mend()) }
  },
}

const lastsMs = 4000
const year = 365 * 86_400_000

/**
 * The servers' certificate for etcd ends while they are under load. Connections that were made with it go on; none can be made any more, so
 * with the next that is lost the servers cannot serve. A new certificate and SIGHUP, and they do.
 */
const certificateExpired: Fault<Wired> = {
  name: 'the certificate for etcd expired, and renewed with SIGHUP',
  limits: { refusal: 2000, recovery: 3000 },
  async strike(stage) {
    const { servers, lagging } = stage
    const all = [...servers, lagging]
    await renew(stage, Date.now() - year + lastsMs)
    const end = Date.now() + lastsMs
    all.forEach((server) => server.reload())
    const wiresOfServers = stage.wires.slice(0, all.length).flat()
    await until('the certificate has ended', () => Date.now() > end)
    wiresOfServers.forEach((wire) => wire.drop())
    return {
      spared: [],
      refusing: servers,
      async end() {
        await renew(stage, Date.now())
        all.forEach((server) => server.reload())
      },
    }
  },
}

/** Makes user chatelaine's certificate anew, as it would have been made at that time: it is good for a year from then. */
async function renew({ etcd, folder }: Wired, now: number): Promise<void> {
  const { certFile } = etcd.certificates('chatelaine')
  rmSync(certFile)
  await ensureCertificates({ folder: certificatesIn(join(folder, 'etcd')), nodes: [], now })
}

export const wires = scene({ name: 'wires between servers and etcd', open: openWired, faults: [answersLost, slowWires, serverCutOff, certificateExpired] })
