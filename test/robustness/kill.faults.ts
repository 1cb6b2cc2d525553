import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ask, mustAsk, type Heard } from './ask.js'
import { dice, type Dice } from './dice.js'
import { startHouse, type House } from './house.js'
import { Ledger } from './ledger.js'

const rounds = 16
const clients = 6
const policyOfOnce = 'path "kv/data/once/*" { capabilities = ["create", "update"] }'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'kill-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** One client at work: what it asks, the ledger it keeps, and who counts the answers that were heard. */
interface Client {
  readonly url: string
  readonly root: string
  readonly name: string
  readonly ledger: Ledger
  readonly roll: Dice
  heard(): void
}

/** True when the answer was a success; false when it was lost. Refusals are defects, but for those expected. */
function succeeded(client: Client, heard: Heard, refusable: readonly number[] = []): boolean {
  if (heard === 'lost') return false
  client.heard()
  if (heard.status < 300) return true
  if (refusable.includes(heard.status)) return false
  throw new Error(`answered ${heard.status}: ${JSON.stringify(heard.body)}`)
}

/** Writes the next version of a secret, as far as this client knows which that is; `contended` when others do so too. */
async function writeSecret(client: Client, path: string, contended: boolean): Promise<void> {
  const { url, root: token, ledger, roll } = client
  const known = ledger.secret(path)
  const cas = known.latest
  const chance = { version: cas + 1, value: `${client.name} ${roll.number()}` }
  const heard = await ask(url, { path: `kv/data/${path}`, token, input: { data: { value: chance.value }, options: { cas } } })
  if (succeeded(client, heard, contended ? [400] : [])) {
    if (heard !== 'lost' && heard.body.data.version !== chance.version) throw new Error(`version ${heard.body.data.version} came after ${cas}`)
    known.acknowledge(chance)
  } else if (heard === 'lost') known.chances.push(chance)
}

async function createToken(client: Client, input: object): Promise<string | undefined> {
  const { url, root: token } = client
  const heard = await ask(url, { path: 'auth/token/create', token, input })
  return succeeded(client, heard) && heard !== 'lost' ? (heard.body.auth.client_token as string) : undefined
}

async function keepToken(client: Client): Promise<void> {
  const made = await createToken(client, { policies: ['default'], ttl: '1h' })
  if (made) client.ledger.liveTokens.add(made)
}

async function revokeToken(client: Client): Promise<void> {
  const { url, root, ledger } = client
  const [token] = ledger.liveTokens
  if (!token) return keepToken(client)
  // From here on nobody else takes it, and until the answer is heard it is open whether it is good.
  ledger.revoked(token, false)
  if (succeeded(client, await ask(url, { path: 'auth/token/revoke', token: root, input: { token } }))) ledger.revoked(token, true)
}

/** A token for one use, used twice at the same moment. */
async function spendToken(client: Client): Promise<void> {
  const { url, ledger, roll } = client
  const token = await createToken(client, { policies: ['once'], num_uses: 1 })
  if (!token) return
  const path = `once/${roll.number()}`
  ledger.spent(path, token)
  const use = async (value: string) => succeeded(client, await ask(url, { path: `kv/data/${path}`, token, input: { data: { value } } }), [403])
  const uses = await Promise.all([use('first'), use('second')])
  if (uses.every(Boolean)) throw new Error('a token for one use was used twice')
}

async function writePolicy({ url, root: token, ledger, roll, ...client }: Client): Promise<void> {
  const [name, policy] = [`policy-${roll.number()}`, `path "kv/${roll.number()}" { capabilities = ["read"] }`]
  const heard = await ask(url, { path: `sys/policies/acl/${name}`, token, input: { policy } })
  if (succeeded({ url, root: token, ledger, roll, ...client }, heard)) ledger.policies.set(name, policy)
}

async function mountEngine(client: Client): Promise<void> {
  const { url, root: token, ledger, roll } = client
  const path = `mount-${roll.number()}`
  if (succeeded(client, await ask(url, { path: `sys/mounts/${path}`, token, input: { type: 'kv' } }))) ledger.mounts.add(path)
}

const acts: readonly ((client: Client) => Promise<void>)[] = [
  (client) => writeSecret(client, client.name, false),
  (client) => writeSecret(client, client.name, false),
  (client) => writeSecret(client, client.name, false),
  (client) => writeSecret(client, 'shared', true),
  (client) => writeSecret(client, 'shared', true),
  keepToken,
  keepToken,
  revokeToken,
  revokeToken,
  spendToken,
  writePolicy,
  mountEngine,
]

/** Clients ask until the server is killed, which happens behind some answer, in the middle of what the others wait for. */
async function underFire(house: House, root: string, { ledger, roll }: { ledger: Ledger; roll: Dice }): Promise<void> {
  let left = 1 + roll.below(80)
  let killed: Promise<void> | undefined
  const heard = () => {
    left -= 1
    if (left <= 0) killed ??= house.kill()
  }
  const work = async (name: string) => {
    const mine = dice(roll.below(2 ** 31))
    const client: Client = { url: house.url, root, name, ledger, roll: mine, heard }
    while (!killed) await acts[mine.below(acts.length)]?.(client)
  }
  try {
    await Promise.all(Array.from({ length: clients }, (_, i) => work(`client-${i}`)))
  } finally {
    await (killed ?? house.kill())
  }
}

async function found({ url }: House): Promise<string> {
  const { body } = await mustAsk(url, { path: 'sys/init', input: { recovery_shares: 1, recovery_threshold: 1 } })
  const root = body.root_token as string
  await mustAsk(url, { path: 'sys/mounts/kv', token: root, input: { type: 'kv', options: { version: '2' } } })
  await mustAsk(url, { path: 'kv/config', token: root, input: { max_versions: 10_000 } })
  await mustAsk(url, { path: 'sys/policies/acl/once', token: root, input: { policy: policyOfOnce } })
  return root
}

it('a server that is killed again and again keeps every promise it made', { timeout: 300_000 }, async () => {
  const seed = Number(process.env.CHATELAINE_SEED ?? randomInt(2 ** 31))
  const [ledger, roll] = [new Ledger(), dice(seed)]
  const place = { folder, seal: 'keyfile' } as const
  let house = await startHouse(place)
  const root = await found(house)

  try {
    for (let round = 0; round < rounds; round++) {
      await underFire(house, root, { ledger, roll })
      if (roll.below(4) === 0) await startHouse(place, true)
      house = await startHouse(place)
      await ledger.check(house.url, root, round === rounds - 1)
    }
  } catch (cause) {
    throw new Error(`CHATELAINE_SEED=${seed} breaks it: ${cause instanceof Error ? cause.message : ''}`, { cause })
  } finally {
    await house.kill()
  }
  expect(ledger.secret('shared').latest).toBeGreaterThan(0)
  expect(ledger.secret('client-0').latest).toBeGreaterThan(0)
})
