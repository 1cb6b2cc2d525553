import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Members, type EtcdTls, type MembersOptions } from '@chatelaine/etcd'
import { findEtcd, startCluster, type LocalCluster, type StartOptions, type User } from '@chatelaine/etcd-cluster'
import { openEtcdStorage, type EtcdStorage, type EtcdStorageOptions } from '@chatelaine/storage'
import { afterAll, beforeAll, onTestFinished } from 'vitest'

export type Line = '3.5' | '3.4'

/** A cluster of real etcd processes for the tests of a file, and what they open on it. */
export interface Stage {
  readonly cluster: LocalCluster
  readonly folder: string
  /** A prefix nobody has used, under the one that the user of a Vault may touch. */
  prefix(): string
  tls(user?: User): EtcdTls
  /** Closed when the test ends. */
  store(options?: Partial<EtcdStorageOptions>): Promise<EtcdStorage>
  /** etcd itself, by another connection. */
  members(options?: Partial<MembersOptions> & { readonly user?: never; readonly as?: User }): Promise<Members>
  /** The node that leads now. */
  leader(): Promise<LocalCluster['nodes'][number]>
}

export function stageFor(options: Partial<StartOptions> = {}, line: Line = '3.5'): Stage {
  let cluster: LocalCluster | undefined
  const folder = mkdtempSync(join(tmpdir(), 'chatelaine-etcd-'))
  beforeAll(async () => {
    const { binary } = await findEtcd({ version: line })
    cluster = await startCluster({ folder, binary, noFsync: true, ...options })
  }, 120_000)
  afterAll(async () => {
    await cluster?.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const started = () => {
    if (!cluster) throw new Error('the cluster is started before the first test')
    return cluster
  }
  const tls = (user: User = 'chatelaine'): EtcdTls => {
    const { caFile, certFile, keyFile } = started().certificates(user)
    return { ca: readFileSync(caFile), cert: readFileSync(certFile), key: readFileSync(keyFile) }
  }
  const prefix = () => `${started().prefix}/${randomBytes(6).toString('hex')}`
  const members: Stage['members'] = async ({ as = 'chatelaine', ...more } = {}) => {
    const members = new Members({ endpoints: started().endpoints, tls: tls(as), ...more })
    onTestFinished(() => members.close())
    await members.open()
    return members
  }
  return {
    get cluster() {
      return started()
    },
    folder,
    prefix,
    tls,
    async store(more = {}) {
      const storage = await openEtcdStorage({ endpoints: started().endpoints, prefix: prefix(), tls: tls(), ...more })
      onTestFinished(() => storage.close())
      return storage
    },
    members,
    leader: () =>
      eventually(async () => {
        const root = await members({ as: 'root' })
        const found = await Promise.all(
          started().nodes.map(async (node, i) => {
            const status = await root.all[i]!.call('Maintenance/Status', {}, 1000).catch(() => undefined)
            return status && status.leader.toString() === status.header.member_id.toString() ? node : undefined
          }),
        )
        return found.find((node) => node)
      }),
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const put = (key: string, value = '') => ({ put: key, value: bytes(value) })
export const text = (entry: { readonly value: Uint8Array } | undefined): string | undefined => entry && new TextDecoder().decode(entry.value)

/** Looks again and again until `find` finds something: no test waits for a time. */
export async function eventually<T>(find: () => Promise<T | undefined | false> | T | undefined | false, patienceMs = 20_000): Promise<T> {
  const end = performance.now() + patienceMs
  for (;;) {
    const found = await find()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) throw new Error(`it did not happen within ${patienceMs} ms`)
    await new Promise((resolve) => void setTimeout(resolve, 10))
  }
}

/** What a measure says; the sum over its labels. */
export const measured = (storage: EtcdStorage, name: string): number =>
  storage.measures().filter((one) => one.name === name).reduce((sum, { value }) => sum + value, 0)
