import { now, type SecretOperation } from '../history.js'
import type { Found, SecretOp, SecretWrite } from '../secret-model.js'
import { openClient, type Client, type Reply } from './client.js'
import { until } from './processes.js'
import { Timeline } from './timeline.js'

/** A server as its clients see it. */
export interface Place {
  readonly name: string
  readonly url: string
  /** What it answers may be so old, in milliseconds; 0 when left out. */
  readonly staleMs?: number
}

export interface LoadOptions {
  readonly places: readonly Place[]
  /** Is only read from, by a few. */
  readonly lagging?: Place
  readonly token: string
  /** Names this load's secrets, values and clients, so that no other load has the same. */
  readonly name: string
  readonly writers?: number
  readonly readers?: number
  readonly keys?: number
}

/** Writers and readers at work, each staying with one server. What they ask and hear is a history. */
export interface Load {
  readonly history: readonly SecretOperation[]
  readonly timelines: ReadonlyMap<string, Timeline>
  readonly keys: readonly string[]
  /** Where a client was answered something older than what the same server had answered it before. */
  readonly broken: readonly string[]
  /** How often the server that may lag was read from. */
  laggingReads(): number
  /** Lets everybody finish. */
  stop(): Promise<void>
}

/** After what was no success a client waits so long, as a person would have his program do. */
const pauseMs = 20

interface Worker {
  readonly name: string
  readonly client: Client
  readonly timeline: Timeline
  readonly token: string
  readonly history: SecretOperation[]
  /** By secret: the newest version this client was answered. */
  readonly seen: Map<string, number>
  readonly broken: string[]
  /** Nanoseconds that an answer may be old. */
  readonly stale: bigint
}

const laggingReaders = 4

export function startLoad({ places, lagging, token, name, writers = 16, readers = 16, keys: count = 48 }: LoadOptions): Load {
  const keys = Array.from({ length: count }, (_, i) => `${name}/${i}`)
  const timelines = new Map([...places, ...(lagging ? [lagging] : [])].map((place) => [place.name, new Timeline()]))
  const [history, broken]: [SecretOperation[], string[]] = [[], []]
  const stopping = new AbortController()
  const work = (role: 'w' | 'r', i: number, place = places[i % places.length] as Place) => {
    const worker = workerAt(place, `${role}${i}`, { token, history, broken, timeline: timelines.get(place.name) as Timeline })
    return (role === 'w' ? write : read)(worker, keys, stopping.signal).finally(() => worker.client.close())
  }
  const all = [
    ...Array.from({ length: writers }, (_, i) => work('w', i)),
    ...Array.from({ length: readers }, (_, i) => work('r', i)),
    ...(lagging ? Array.from({ length: laggingReaders }, (_, i) => work('r', i, lagging)) : []),
  ]
  // Whoever fails says so when the load is stopped; the others go on until then.
  const done = Promise.allSettled(all)
  return {
    history,
    timelines,
    keys,
    broken,
    laggingReads: () => (lagging && timelines.get(lagging.name)?.count('read')) ?? 0,
    async stop() {
      stopping.abort()
      const failed = (await done).find((result) => result.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}

type WorkerParts = Pick<Worker, 'token' | 'history' | 'broken' | 'timeline'>

const workerAt = (place: Place, name: string, parts: WorkerParts): Worker => ({
  ...parts,
  name: `${place.name}.${name}`,
  client: openClient(() => place.url),
  seen: new Map(),
  stale: BigInt(place.staleMs ?? 0) * 1_000_000n,
})

/** Every second write says which version it follows: the newest this client has heard of. */
async function write(worker: Worker, keys: readonly string[], stopping: AbortSignal): Promise<void> {
  const heard = new Map<string, number>()
  for (let i = 0; !stopping.aborted; i++) {
    const key = pick(keys)
    const value = `${worker.name} ${i} ${key}`
    const cas = i % 2 === 0 ? heard.get(key) : undefined
    const [call, since] = [now(), performance.now()]
    const reply = await worker.client.ask({
      path: `kv/data/${key}`,
      token: worker.token,
      input: { data: { value }, ...(cas !== undefined && { options: { cas } }) },
    })
    const outcome = outcomeOf(reply, cas)
    heard.delete(key)
    if (typeof outcome === 'number') heard.set(key, outcome)
    note(worker, 'write', { reply, since })
    if (outcome !== 'failed') record(worker, key, { call, op: { write: value, cas, outcome }, answered: outcome !== 'unknown' })
    if (outcome === 'failed' || outcome === 'unknown') await pause()
  }
}

function outcomeOf(reply: Reply, cas: number | undefined): SecretWrite['outcome'] {
  if (reply === 'unreached') return 'failed'
  if (reply === 'lost' || reply.status >= 500) return 'unknown'
  if (reply.status === 200) return reply.body.data.version as number
  if (reply.status === 400 && cas !== undefined && isCasMismatch(reply.body)) return 'refused'
  throw new Error(`a write was answered ${reply.status}: ${JSON.stringify(reply.body)}`)
}

const isCasMismatch = ({ errors }: Record<string, any>) => JSON.stringify(errors ?? '').includes('check-and-set')

async function read(worker: Worker, keys: readonly string[], stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const ok = await readOnce(worker, pick(keys))
    if (!ok || worker.stale > 0n) await pause()
  }
}

async function readOnce(worker: Worker, key: string): Promise<boolean> {
  const [call, since] = [now(), performance.now()]
  const reply = await worker.client.ask({ path: `kv/data/${key}`, token: worker.token })
  note(worker, 'read', { reply, since })
  if (typeof reply === 'string' || reply.status >= 500) return false
  const found = foundIn(reply)
  noteVersion(worker, key, found?.version ?? 0)
  // Where an answer may be old, it is right when it was true at some time since then: then the read may have been as early.
  record(worker, key, { call: call - worker.stale, op: { read: found }, answered: true })
  return true
}

/** However old an answer may be, no server goes back behind what it has shown. */
function noteVersion({ name, seen, broken }: Worker, key: string, version: number): void {
  const before = seen.get(key) ?? 0
  if (version < before) broken.push(`${name} read version ${version} of ${key} after version ${before}`)
  else seen.set(key, version)
}

function foundIn({ status, body }: Exclude<Reply, string>): Found {
  if (status === 404) return undefined
  if (status !== 200) throw new Error(`a read was answered ${status}: ${JSON.stringify(body)}`)
  return { version: body.data.metadata.version as number, value: body.data.data.value as string }
}

function note({ timeline }: Worker, kind: 'read' | 'write', { reply, since }: { readonly reply: Reply; readonly since: number }): void {
  if (typeof reply === 'string') timeline.refused('lost', since)
  else if (reply.status >= 500) timeline.refused(reply.status, since, `${kind}: ${JSON.stringify(reply.body.errors ?? '')}`)
  // That a cas has lost was answered well, but shows no write at work.
  else if (reply.status !== 400) timeline.succeeded(kind)
}

function record({ name, history }: Worker, key: string, { call, op, answered }: { readonly call: bigint; readonly op: SecretOp; readonly answered: boolean }): void {
  history.push({ client: name, key, call, returned: answered ? now() : undefined, op })
}

const pick = (keys: readonly string[]) => keys[Math.floor(Math.random() * keys.length)] as string
const pause = () => new Promise((resolve) => setTimeout(resolve, pauseMs))

/** Reads every secret once at every place, into the history: what was acknowledged must be there, whoever is asked. */
export async function readAll(load: Load, places: readonly Place[], token: string): Promise<void> {
  const [history, broken] = [load.history as SecretOperation[], load.broken as string[]]
  await Promise.all(
    places.map(async (place) => {
      const worker = workerAt(place, 'last', { token, history, broken, timeline: new Timeline() })
      try {
        for (const key of load.keys) await until(`${key} can be read at ${place.name}`, () => readOnce(worker, key))
      } finally {
        worker.client.close()
      }
    }),
  )
}
