import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { findEtcd, type LocalNode } from '@chatelaine/etcd-cluster'
import { sparingAll, type Fault } from '../faults.js'
import { until } from '../processes.js'
import { compactAndDefragment } from '../room.js'
import { openStage, type Stage } from '../stage.js'
import { scene } from './scene.js'

const run = promisify(execFile)

/** A member that is defragmented answers nobody until that is done; what is compacted cannot be watched from before any more. */
const compacted: Fault = {
  name: 'etcd compacted and defragmented, again and again',
  limits: {},
  async strike(stage) {
    let [ended, rounds] = [false, 0]
    const keeping = (async () => {
      for (; !ended; rounds++) await compactAndDefragment(stage.etcd)
    })()
    keeping.catch(() => undefined)
    return {
      spared: stage.servers,
      done: () => until('every member was defragmented several times', () => rounds > 2),
      async end() {
        ended = true
        await keeping
      },
    }
  },
}

/** What an operator does about a member whose disk is lost: it is removed, and one with an empty folder is added in its place. */
const memberReplaced: Fault = {
  name: 'an etcd member removed, and another added',
  limits: {},
  async strike(stage) {
    const victim = stage.etcd.nodes[2] as LocalNode
    await stage.unseat(victim)
    const ctl = await etcdctl(stage)
    const { members } = JSON.parse(await ctl('member', 'list', '-w', 'json')) as { members: { ID: number; name: string; peerURLs: string[] }[] }
    const member = members.find(({ name }) => name === victim.name)
    if (!member) throw new Error(`${victim.name} is no member`)
    // An id is a number of 64 bits, which JSON in JavaScript does not keep exactly: the plain list has it in hexadecimal.
    const id = (await ctl('member', 'list')).split('\n').find((line) => line.includes(victim.name))?.split(',')[0] ?? ''
    await ctl('member', 'remove', id)
    await until('the member that was removed has ended', () => victim.pid === undefined)
    return sparingAll(stage, async () => {
      rmSync(join(stage.folder, 'etcd', victim.name), { recursive: true })
      await ctl('member', 'add', victim.name, `--peer-urls=${member.peerURLs[0] ?? ''}`)
      stage.programs.use(2, (await findEtcd()).binary, '--initial-cluster-state=existing')
      await victim.start()
    })
  },
}

/** etcd's own command line, as root. */
async function etcdctl({ etcd }: Stage): Promise<(...words: string[]) => Promise<string>> {
  const { caFile, certFile, keyFile } = etcd.certificates('root')
  const { binary } = await findEtcd()
  const flags = [`--endpoints=${etcd.endpoints.join()}`, `--cacert=${caFile}`, `--cert=${certFile}`, `--key=${keyFile}`]
  return async (...words) => (await run(join(dirname(binary), 'etcdctl'), [...words, ...flags], { env: { ...process.env, ETCDCTL_API: '3' } })).stdout
}

export const upkeep = scene({ name: 'etcd that is looked after', open: openStage, faults: [compacted, memberReplaced] })

/** One member after the other is ended and started as the newer version, under load, which is how etcd is upgraded. */
const upgraded: Fault = {
  name: 'etcd upgraded from 3.4 to 3.5, one member after the other',
  limits: { gap: 4000 },
  async strike(stage) {
    const { binary } = await findEtcd({ version: '3.5' })
    for (const [i, member] of stage.etcd.nodes.entries()) {
      await member.kill()
      stage.programs.use(i, binary)
      await member.start()
    }
    return sparingAll(stage, () => undefined)
  },
}

export const upgrades = scene({ name: 'another version of etcd', open: () => openStage({ version: '3.4' }), faults: [upgraded] })
