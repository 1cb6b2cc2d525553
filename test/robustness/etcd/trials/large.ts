import { byKey, now } from '../../history.js'
import type { Operation } from '../../linearizable.js'
import { wrongOfRegister, type RegisterOp } from '../../register-model.js'
import { openClient, type Client } from '../client.js'
import type { Place } from '../load.js'
import { atEveryPlace, generations, startTrial, type Trial } from './trial.js'

const generationMs = 1500
const keysOfGeneration = 2
/** More than fits into one request to etcd, so that it is kept in two to four parts. */
const sizes = [1_100_000, 1_700_000, 2_600_000]

interface Worker {
  readonly place: string
  readonly name: string
  readonly client: Client
  readonly token: string
  readonly history: Operation<RegisterOp>[]
  readonly torn: string[]
}

/** A value that is nothing but its own name, so that of any two no half can pass for a whole. */
const valueOf = (id: string) => `${id}|`.repeat(Number(id.slice(id.lastIndexOf(' ') + 1)))

/** The same in strings that a server takes: one alone may have a mebibyte at most. */
const piecesOf = (text: string) => text.match(/.{1,500000}/gs) ?? []

/** The name of a value; undefined for what is no whole value. */
function idOf(value: string): string | undefined {
  const id = value.slice(0, Math.max(0, value.indexOf('|')))
  return /^\S+ \d+ \d+$/.test(id) && valueOf(id) === value ? id : undefined
}

/** Secrets of more than a mebibyte, written and read at every server: what is read is one of the values whole, and the right one. */
export function startLargeTrial(places: readonly Place[], token: string, name: string): Trial {
  const [history, torn]: [Operation<RegisterOp>[], string[]] = [[], []]
  const generation = generations(`large-${name}`, generationMs)
  const keyNow = () => `${generation()}-${Math.floor(Math.random() * keysOfGeneration)}`
  const workers = places.map((place): Worker => ({ place: place.name, name: `${place.name}.large`, client: openClient(() => place.url), token, history, torn }))
  return startTrial({
    name: 'large values',
    workers,
    pauseMs: 200,
    async step(worker, i) {
      if (i % 2 === 1) await read(worker, keyNow())
      else await write(worker, keyNow(), `${worker.name} ${i} ${Math.ceil((sizes[i % sizes.length] ?? 0) / 24)}`)
    },
    async judge() {
      await atEveryPlace(workers, byKey(history).keys(), read)
      const wrong = [...byKey(history).values()].map(wrongOfRegister)
      return { operations: history.length, broken: [...torn, ...wrong.filter((line) => line !== undefined)] }
    },
    close: () => workers.forEach(({ client }) => client.close()),
  })
}

async function write({ name, client, token, history }: Worker, key: string, id: string): Promise<void> {
  const call = now()
  const reply = await client.ask({ path: `kv1/${key}`, token, input: { value: piecesOf(valueOf(id)) } })
  if (reply === 'unreached') return
  const done = typeof reply !== 'string' && reply.status === 204
  if (typeof reply !== 'string' && !done && reply.status < 500) throw new Error(`the write of a large value was answered ${reply.status}: ${JSON.stringify(reply.body)}`)
  history.push({ client: name, key, call, returned: done ? now() : undefined, op: { write: id, outcome: done ? 'done' : 'unknown' } })
}

async function read({ name, client, token, history, torn }: Worker, key: string): Promise<boolean> {
  const call = now()
  const reply = await client.ask({ path: `kv1/${key}`, token })
  // 500 is no refusal: parts are missing, or do not belong together.
  if (typeof reply === 'string' || reply.status > 500) return false
  if (![200, 404].includes(reply.status)) throw new Error(`the read of a large value was answered ${reply.status}: ${JSON.stringify(reply.body).slice(0, 300)}`)
  const value = reply.status === 404 ? undefined : (reply.body.data.value as string[]).join('')
  const id = value === undefined ? undefined : idOf(value)
  if (value !== undefined && id === undefined) torn.push(`${name} read no whole value at ${key}: ${value.length} letters that begin with "${value.slice(0, 40)}"`)
  else history.push({ client: name, key, call, returned: now(), op: { read: id } })
  return true
}
