import { byKey, now } from '../../history.js'
import type { Operation } from '../../linearizable.js'
import { wrongOfRegister, type RegisterOp } from '../../register-model.js'
import { openClient, type Client } from '../client.js'
import type { Place } from '../load.js'
import { atEveryPlace, generations, startTrial, type Trial } from './trial.js'

const generationMs = 250
const [keysOfGeneration, clientsOfPlace] = [4, 2]

interface Worker {
  readonly place: string
  readonly name: string
  readonly client: Client
  readonly token: string
  readonly history: Operation<RegisterOp>[]
}

/**
 * Secrets of KV version 1, written and removed by clients of all servers without a look at what is there. So a server writes what
 * it has never read, and must not take its own word for the last one.
 */
export function startBlindTrial(places: readonly Place[], token: string, name: string): Trial {
  const history: Operation<RegisterOp>[] = []
  const generation = generations(name, generationMs)
  const keyNow = () => `${generation()}-${Math.floor(Math.random() * keysOfGeneration)}`
  const workers = places.flatMap((place) =>
    Array.from({ length: clientsOfPlace }, (_, i): Worker => ({ place: place.name, name: `${place.name}.b${i}`, client: openClient(() => place.url), token, history })))
  return startTrial({
    name: 'blind writes',
    workers,
    pauseMs: 10,
    async step(worker, i) {
      const key = keyNow()
      if (i % 3 === 2) await read(worker, key)
      else await write(worker, key, i % 8 === 7 ? undefined : `${worker.name} ${i}`)
    },
    async judge() {
      await atEveryPlace(workers, byKey(history).keys(), read)
      const wrong = [...byKey(history).values()].map(wrongOfRegister)
      return { operations: history.length, broken: wrong.filter((line) => line !== undefined) }
    },
    close: () => workers.forEach(({ client }) => client.close()),
  })
}

async function write({ name, client, token, history }: Worker, key: string, value: string | undefined): Promise<void> {
  const call = now()
  const reply = await client.ask({ path: `kv1/${key}`, token, ...(value === undefined ? { method: 'DELETE' } : { input: { value } }) })
  if (reply === 'unreached') return
  const done = typeof reply !== 'string' && reply.status === 204
  if (typeof reply !== 'string' && !done && reply.status < 500) throw new Error(`a blind write was answered ${reply.status}: ${JSON.stringify(reply.body)}`)
  history.push({ client: name, key, call, returned: done ? now() : undefined, op: { write: value, outcome: done ? 'done' : 'unknown' } })
}

async function read({ name, client, token, history }: Worker, key: string): Promise<boolean> {
  const call = now()
  const reply = await client.ask({ path: `kv1/${key}`, token })
  if (typeof reply === 'string' || reply.status >= 500) return false
  if (![200, 404].includes(reply.status)) throw new Error(`a read was answered ${reply.status}: ${JSON.stringify(reply.body)}`)
  history.push({ client: name, key, call, returned: now(), op: { read: reply.status === 404 ? undefined : (reply.body.data.value as string) } })
  return true
}
