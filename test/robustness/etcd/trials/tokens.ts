import { openClient, type Client, type Reply } from '../client.js'
import type { Place } from '../load.js'
import { until } from '../processes.js'

/** How often each promise about tokens was put to the test, and in which ways it was broken. */
export interface TokenReport {
  readonly usedOnce: number
  /** Of those, how many had a use whose answer was lost, or left open whether it was a use. */
  readonly usedPerhaps: number
  readonly revoked: number
  readonly expired: number
  readonly broken: readonly string[]
}

export interface TokenTrial {
  /** Ends it; what was begun is finished first. Short-lived tokens are waited for. */
  stop(): Promise<TokenReport>
}

/** Where the uses of a token for one use would have written, and how each was answered. */
interface Spent {
  readonly paths: readonly string[]
  readonly answered: readonly (number | 'unreached' | 'lost')[]
}

interface Trial {
  readonly places: readonly Place[]
  readonly clients: readonly Client[]
  readonly root: string
  readonly name: string
  readonly spent: Spent[]
  readonly shortLived: string[]
  readonly broken: string[]
  readonly counts: { usedOnce: number; usedPerhaps: number; revoked: number }
}

/** A policy of this name must let its holder write below `kv/data/once/`. */
export const oncePolicy = { name: 'once', policy: 'path "kv/data/once/*" { capabilities = ["create", "update"] }' }

const shortTtl = '2s'
const patienceMs = 30_000

export interface TokenTrialOptions {
  readonly places: readonly Place[]
  readonly root: string
  readonly name: string
  /** Whether the servers agree on the time of day: if not, nobody can say when a token should end. */
  readonly shortLived: boolean
}

/**
 * While faults happen: tokens for one use are used at every server at once, tokens are revoked at one server and then used at
 * every one, and tokens that live for two seconds are made, for the caretaker to remove.
 */
export function startTokenTrial({ places, root, name, shortLived }: TokenTrialOptions): TokenTrial {
  const clients = places.map((place) => openClient(() => place.url))
  const trial: Trial = { places, clients, root, name, spent: [], shortLived: [], broken: [], counts: { usedOnce: 0, usedPerhaps: 0, revoked: 0 } }
  const stopping = new AbortController()
  const work = async () => {
    for (let i = 0; !stopping.signal.aborted; i++) {
      await useOnce(trial, i)
      await revoke(trial, i)
      const short = shortLived && await createToken(trial, i, { policies: ['default'], ttl: shortTtl })
      if (short) trial.shortLived.push(short)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
  const working = work()
  working.catch(() => undefined)
  const finish = async () => {
    stopping.abort()
    try {
      await working
      await countUses(trial)
      await expire(trial)
    } finally {
      clients.forEach((client) => client.close())
    }
    return { ...trial.counts, expired: trial.shortLived.length, broken: trial.broken }
  }
  let finished: Promise<TokenReport> | undefined
  return { stop: () => (finished ??= finish()) }
}

const statusOf = (reply: Reply) => (typeof reply === 'string' ? reply : reply.status)
const at = <T>(list: readonly T[], i: number) => list[i % list.length] as T

/** Made at one of the servers, in turn. Undefined when no token was heard of. */
async function createToken({ clients, root }: Trial, i: number, input: object): Promise<string | undefined> {
  const reply = await at(clients, i).ask({ path: 'auth/token/create', token: root, input })
  return typeof reply === 'string' || reply.status !== 200 ? undefined : (reply.body.auth.client_token as string)
}

async function useOnce(trial: Trial, i: number): Promise<void> {
  const token = await createToken(trial, i, { policies: [oncePolicy.name], num_uses: 1 })
  if (token === undefined) return
  const input = { data: { value: 'used' } }
  const users = [...trial.clients, ...trial.clients]
  const paths = users.map((_, n) => `once/${trial.name}-${i}-${n}`)
  const uses = (await Promise.all(users.map((client, n) => client.ask({ path: `kv/data/${paths[n]}`, token, input })))).map(statusOf)
  trial.counts.usedOnce += 1
  trial.spent.push({ paths, answered: uses })
  if (uses.every((status) => status === 403)) trial.broken.push('a token for one use was refused at every server')
  const odd = uses.filter((status) => typeof status === 'number' && status !== 200 && status !== 403 && status < 500)
  if (odd.length > 0) trial.broken.push(`the use of a token was answered ${odd.join(', ')}`)
}

const isOpen = (status: number | string) => status === 'lost' || (typeof status === 'number' && status >= 500)

/**
 * When all is well again: each use writes at a place of its own, so what was written shows how often a token was used, also where the
 * answers were lost. More than once is too often; and a use that was answered with success has written.
 */
async function countUses(trial: Trial): Promise<void> {
  const { clients, spent } = trial
  await Promise.all(clients.map(async (client, n) => {
    for (let i = n; i < spent.length; i += clients.length) await countUsesOf(spent[i] as Spent, client, trial)
  }))
}

async function countUsesOf({ paths, answered }: Spent, client: Client, { root, broken, counts }: Trial): Promise<void> {
  if (answered.some(isOpen)) counts.usedPerhaps += 1
  const found = (await Promise.all(paths.map((path) => client.ask({ path: `kv/data/${path}`, token: root })))).map(statusOf)
  const uses = found.filter((status) => status === 200).length
  if (uses > 1) broken.push(`a token for one use was used ${uses} times; its uses were answered ${answered.join(', ')}`)
  found.forEach((status, n) => answered[n] === 200 && status !== 200 && broken.push(`the use of a token that was answered with success is gone: ${paths[n]} is answered ${status}`))
  found.forEach((status, n) => answered[n] === 403 && status === 200 && broken.push(`a use was refused, and has written ${paths[n]}`))
  if (found.some((status) => status !== 200 && status !== 404)) broken.push(`it cannot be read whether a token was used: ${found.join(', ')}`)
}

async function revoke(trial: Trial, i: number): Promise<void> {
  const { clients, places, root, broken, counts } = trial
  const token = await createToken(trial, i, { policies: ['default'], ttl: '1h' })
  if (token === undefined) return
  const look = (client: Client) => client.ask({ path: 'auth/token/lookup-self', token })
  // Every server has it in memory before it is revoked at one.
  const before = (await Promise.all(clients.map(look))).map(statusOf)
  if (before.includes(403)) broken.push('a token was refused that had been handed out')
  if (statusOf(await at(clients, i + 1).ask({ path: 'auth/token/revoke', token: root, input: { token } })) !== 204) return
  const after = (await Promise.all(clients.map(look))).map(statusOf)
  counts.revoked += 1
  after.forEach((status, n) => status === 200 && broken.push(`${at(places, n).name} took a token that was revoked at ${at(places, i + 1).name}`))
}

/** Due is due, at every server, whether or not the caretaker has come to it. */
async function expire({ clients, places, shortLived, broken }: Trial): Promise<void> {
  for (const [n, client] of clients.entries()) {
    const alive = async (token: string) => statusOf(await client.ask({ path: 'auth/token/lookup-self', token })) !== 403
    const anyAlive = async () => (await Promise.all(shortLived.map(alive))).some(Boolean)
    await until('tokens of two seconds are refused', async () => !(await anyAlive()), patienceMs).catch(() => {
      broken.push(`${at(places, n).name} takes tokens long after their end`)
    })
  }
}
