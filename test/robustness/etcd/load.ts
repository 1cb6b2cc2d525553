import { now, type SecretOperation } from '../history.js'
import type { Found, SecretOp, SecretWrite } from '../secret-model.js'
import { openClient, type Client, type Reply } from './client.js'
import { Timeline } from './timeline.js'

/** A server as its clients see it. */
export interface Place {
  readonly name: string
  readonly url: string
}

export interface LoadOptions {
  readonly places: readonly Place[]
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
}

export function startLoad({ places, token, name, writers = 16, readers = 16, keys: count = 48 }: LoadOptions): Load {
  const keys = Array.from({ length: count }, (_, i) => `${name}/${i}`)
  const timelines = new Map(places.map((place) => [place.name, new Timeline()]))
  const history: SecretOperation[] = []
  const stopping = new AbortController()
  const work = (role: 'w' | 'r', i: number) => {
    const place = places[i % places.length] as Place
    const client = openClient(() => place.url)
    const worker: Worker = { name: `${place.name}.${role}${i}`, client, timeline: timelines.get(place.name) as Timeline, token, history }
    return (role === 'w' ? write : read)(worker, keys, stopping.signal).finally(() => client.close())
  }
  const all = [...Array.from({ length: writers }, (_, i) => work('w', i)), ...Array.from({ length: readers }, (_, i) => work('r', i))]
  // Whoever fails says so when the load is stopped; the others go on until then.
  const done = Promise.allSettled(all)
  return {
    history,
    timelines,
    keys,
    async stop() {
      stopping.abort()
      const failed = (await done).find((result) => result.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}

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
    if (!ok) await pause()
  }
}

async function readOnce(worker: Worker, key: string): Promise<boolean> {
  const [call, since] = [now(), performance.now()]
  const reply = await worker.client.ask({ path: `kv/data/${key}`, token: worker.token })
  note(worker, 'read', { reply, since })
  if (typeof reply === 'string' || reply.status >= 500) return false
  record(worker, key, { call, op: { read: foundIn(reply) }, answered: true })
  return true
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
  for (const place of places) {
    const client = openClient(() => place.url)
    const worker: Worker = { name: `${place.name}.last`, client, timeline: new Timeline(), token, history: load.history as SecretOperation[] }
    try {
      for (const key of load.keys) if (!(await readOnce(worker, key))) throw new Error(`${key} cannot be read at ${place.name}`)
    } finally {
      client.close()
    }
  }
}

/** The versions a secret keeps are the newest ones, none left out, and hold what their writers were told. */
export async function checkVersions({ keys, history }: Load, place: Place, token: string): Promise<string[]> {
  const wrong: string[] = []
  const client = openClient(() => place.url)
  const written = new Map(history.flatMap(({ key, op }) => ('write' in op && typeof op.outcome === 'number' ? [[`${key} ${op.outcome}`, op.write]] : [])))
  const ask = async (path: string) => {
    const reply = await client.ask({ path, token })
    if (typeof reply === 'string' || ![200, 404].includes(reply.status)) throw new Error(`${path} cannot be read at ${place.name}`)
    return reply
  }
  try {
    for (const key of keys) {
      const { status, body } = await ask(`kv/metadata/${key}`)
      if (status === 404) continue
      const { current_version: current, versions } = body.data as { current_version: number; versions: object }
      const kept = Object.keys(versions).map(Number).sort((a, b) => a - b)
      const wanted = Array.from({ length: kept.length }, (_, i) => current - kept.length + 1 + i)
      if (JSON.stringify(kept) !== JSON.stringify(wanted)) wrong.push(`${key} keeps versions ${kept.join()} and is at ${current}`)
      for (const version of kept) {
        const known = written.get(`${key} ${version}`)
        const found = (await ask(`kv/data/${key}?version=${version}`)).body.data?.data?.value as unknown
        if (known !== undefined && found !== known) wrong.push(`version ${version} of ${key} was acknowledged as "${known}" and is "${String(found)}"`)
      }
    }
    return wrong
  } finally {
    client.close()
  }
}
