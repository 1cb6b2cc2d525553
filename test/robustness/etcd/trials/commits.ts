import { readFileSync } from 'node:fs'
import type { LocalCluster } from '@chatelaine/etcd-cluster'
import { VaultError, type Guard } from '@chatelaine/sdk'
import { openEtcdStorage, type EtcdStorage, type EtcdStorageOptions } from '@chatelaine/storage'
import { wrongOfCas, type CasOp } from '../../cas-model.js'
import { byKey, now } from '../../history.js'
import type { Operation } from '../../linearizable.js'
import { until } from '../processes.js'
import { atEveryPlace, generations, startTrial, type Trial } from './trial.js'

export interface CommitTrialOptions {
  readonly etcd: LocalCluster
  /** Where the members are reached. */
  readonly endpoints: readonly string[]
  readonly name: string
}

const generationMs = 400
const [nodes, workersOfNode, groupsOfGeneration] = [2, 2, 3]
/** Keys of a group: all are written by every commit, so all have the same value at every moment. */
const members = ['a', 'b/c', 'd', 'e']

interface Worker {
  readonly place: string
  readonly name: string
  readonly storage: EtcdStorage
  readonly history: Operation<CasOp>[]
  readonly halves: string[]
}

/**
 * Two nodes that use the storage itself and commit to several keys at once, now and then under guards of all of them. What is there
 * is found by a read of all that a commit of nothing, under the guards of all, shows to be of one moment.
 */
export async function startCommitTrial({ etcd, endpoints, name }: CommitTrialOptions): Promise<Trial> {
  const { caFile, certFile, keyFile } = etcd.certificates('chatelaine')
  const tls = { ca: readFileSync(caFile), cert: readFileSync(certFile), key: readFileSync(keyFile) }
  const opening = () => opened({ endpoints, tls, prefix: `${etcd.prefix}/trial`, cacheBytes: 1 << 20 })
  const storages = await Promise.all(Array.from({ length: nodes }, opening))
  const [history, halves]: [Operation<CasOp>[], string[]] = [[], []]
  const generation = generations(name, generationMs)
  const groupNow = () => `${generation()}-${Math.floor(Math.random() * groupsOfGeneration)}`
  const workers = storages.flatMap((storage, n) => Array.from({ length: workersOfNode }, (_, i): Worker => ({ place: `node-${n + 1}`, name: `node-${n + 1}.c${i}`, storage, history, halves })))
  return startTrial({
    name: 'commits of several keys',
    workers,
    pauseMs: 10,
    step: (worker, i) => work(worker, groupNow(), i),
    async judge() {
      await atEveryPlace(workers, byKey(history).keys(), async (worker, group) => (await look(worker, group)) !== undefined)
      const wrong = [...byKey(history).values()].map(wrongOfCas)
      return { operations: history.length, broken: [...halves, ...wrong.filter((line) => line !== undefined)] }
    },
    close: () => Promise.all(storages.map((storage) => storage.close())),
  })
}

/** On a machine that is slow enough etcd is silent for longer than a storage waits: then it is opened again. */
async function opened(options: EtcdStorageOptions): Promise<EtcdStorage> {
  let storage: EtcdStorage | undefined
  await until('a storage on etcd opens', async () => {
    storage = await openEtcdStorage(options).catch((error: unknown) => {
      if (isOpen(error)) return undefined
      throw error
    })
    return storage !== undefined
  })
  return storage as EtcdStorage
}

const keysOf = (group: string) => members.map((member) => `${group}/${member}`)

interface Seen {
  readonly value: string | undefined
  readonly guards: readonly Guard[]
}

async function work(worker: Worker, group: string, i: number): Promise<void> {
  const value = `${worker.name} ${i}`
  if (i % 4 === 3) return write(worker, group, { value })
  const seen = await look(worker, group)
  if (seen && i % 2 === 0) await write(worker, group, { value, over: seen })
}

/** What all keys of a group hold at one moment. Undefined when they changed meanwhile, or cannot be read. */
async function look({ name, storage, history, halves }: Worker, group: string): Promise<Seen | undefined> {
  const call = now()
  try {
    await storage.catchUp()
    const entries = await Promise.all(keysOf(group).map((key) => storage.get(key)))
    const guards = keysOf(group).map((key, i) => ({ key, revision: entries[i]?.revision ?? 0n }))
    if (!(await storage.commit([], guards))) return undefined
    const values = entries.map((entry) => entry && Buffer.from(entry.value).toString())
    const [value] = values
    if (values.some((other) => other !== value)) halves.push(`half of a commit was found at ${group}: ${values.map((one) => one ?? 'nothing').join(', ')}`)
    history.push({ client: name, key: group, call, returned: now(), op: { read: value } })
    return { value, guards }
  } catch (error) {
    if (isOpen(error)) return undefined
    throw error
  }
}

async function write({ name, storage, history }: Worker, group: string, { value, over }: { readonly value: string; readonly over?: Seen }): Promise<void> {
  const call = now()
  const writes = keysOf(group).map((put) => ({ put, value: Buffer.from(value) }))
  const outcome = await storage.commit(writes, over?.guards).then(
    (done) => (done ? ('done' as const) : ('refused' as const)),
    (error: unknown) => {
      if (isOpen(error)) return 'unknown' as const
      throw error
    },
  )
  const op: CasOp = { write: value, outcome, ...(over && { over: { value: over.value } }) }
  history.push({ client: name, key: group, call, returned: outcome === 'unknown' ? undefined : now(), op })
}

/** Etcd cannot be reached or is full: nothing was read, and what was written may be there or not. */
const isOpen = (error: unknown) => error instanceof VaultError && [503, 507].includes(error.status)
