import { byKey, now } from '../../history.js'
import { wrongOfFolder, type FolderOp } from '../../folder-model.js'
import type { Operation } from '../../linearizable.js'
import { openClient, type Client } from '../client.js'
import type { Place } from '../load.js'
import { atEveryPlace, generations, startTrial, type Trial } from './trial.js'

const generationMs = 400
const names = ['a', 'b', 'c', 'd', 'e']
const clientsOfPlace = 2

interface Worker {
  readonly place: string
  readonly name: string
  readonly client: Client
  readonly token: string
  readonly history: Operation<FolderOp>[]
}

/** Where the names of a folder are put, removed and listed, in both versions of KV. */
interface Engine {
  readonly put: (name: string) => string
  readonly remove: (name: string) => string
  readonly list: (folder: string) => string
  readonly input: object
}

const engines: Readonly<Record<string, Engine>> = {
  kv1: { put: (at) => `kv1/${at}`, remove: (at) => `kv1/${at}`, list: (at) => `kv1/${at}/?list=true`, input: { value: 'x' } },
  kv: { put: (at) => `kv/data/${at}`, remove: (at) => `kv/metadata/${at}`, list: (at) => `kv/metadata/${at}/?list=true`, input: { data: { value: 'x' } } },
}

const kinds = Object.keys(engines)
/** A folder's name begins with its engine's. */
const engineOf = (folder: string) => engines[folder.slice(0, folder.indexOf('/'))] as Engine
const within = (folder: string) => folder.slice(folder.indexOf('/') + 1)

/** Small folders in which secrets are made and removed at every server, and which are listed: a list is true of one moment. */
export function startListTrial(places: readonly Place[], token: string, name: string): Trial {
  const history: Operation<FolderOp>[] = []
  const generation = generations(`list-${name}`, generationMs)
  const workers = places.flatMap((place) =>
    Array.from({ length: clientsOfPlace }, (_, i): Worker => ({ place: place.name, name: `${place.name}.l${i}`, client: openClient(() => place.url), token, history })))
  return startTrial({
    name: 'lists',
    workers,
    pauseMs: 10,
    async step(worker, i) {
      const folder = `${kinds[i % kinds.length]}/${generation()}`
      if (Math.random() < 0.4) await list(worker, folder)
      else await change(worker, folder, names[Math.floor(Math.random() * names.length)] as string)
    },
    async judge() {
      await atEveryPlace(workers, byKey(history).keys(), list)
      const wrong = [...byKey(history).values()].map(wrongOfFolder)
      return { operations: history.length, broken: wrong.filter((line) => line !== undefined) }
    },
    close: () => workers.forEach(({ client }) => client.close()),
  })
}

async function change({ name: by, client, token, history }: Worker, folder: string, name: string): Promise<void> {
  const call = now()
  const { put, remove, input } = engineOf(folder)
  const puts = Math.random() < 0.6
  const at = `${within(folder)}/${name}`
  const reply = await client.ask(puts ? { path: put(at), token, input } : { path: remove(at), token, method: 'DELETE' })
  if (reply === 'unreached') return
  const done = typeof reply !== 'string' && reply.status < 300
  if (typeof reply !== 'string' && !done && reply.status < 500) throw new Error(`a change in a folder was answered ${reply.status}: ${JSON.stringify(reply.body)}`)
  const outcome = done ? 'done' : 'unknown'
  history.push({ client: by, key: folder, call, returned: done ? now() : undefined, op: puts ? { put: name, outcome } : { remove: name, outcome } })
}

async function list({ name, client, token, history }: Worker, folder: string): Promise<boolean> {
  const call = now()
  const reply = await client.ask({ path: engineOf(folder).list(within(folder)), token })
  if (typeof reply === 'string' || reply.status >= 500) return false
  if (![200, 404].includes(reply.status)) throw new Error(`a list was answered ${reply.status}: ${JSON.stringify(reply.body)}`)
  history.push({ client: name, key: folder, call, returned: now(), op: { list: reply.status === 404 ? [] : (reply.body.data.keys as string[]) } })
  return true
}
