import { memoryStorage, type Request, type Response, type OpenStorage } from '@chatelaine/sdk'
import { judged } from '@chatelaine/sdk/testing'
import { Core, type CoreOptions } from '../core.js'
import { movableClock, type MovableClock } from './clock.js'
import { counting, type Counting } from './counting.js'
import { door, notes, notes2 } from './engines.js'
import { tape, type Tape } from './tape.js'

type Extra = Pick<Request, 'token' | 'wrapTtl' | 'namespace' | 'help'>
export type Ask = (verb: Request['verb'], path: string, input?: Request['input'], extra?: Partial<Extra>) => Promise<Response>

export interface House {
  readonly core: Core
  readonly clock: MovableClock
  /** What lies below the barrier, and how often it was asked. */
  readonly storage: Counting
  readonly tape: Tape
  readonly root: string
  readonly keys: readonly Uint8Array[]
  /** One request, as root unless `extra` says otherwise. */
  readonly ask: Ask
  /** A child of root with these policies; `more` is what else a creation may ask for. */
  token(policies: readonly string[], more?: Request['input']): Promise<string>
  /** Opens it again after a sealing. */
  unseal(): Promise<void>
}

export const optionsFor = (below: OpenStorage, clock: MovableClock, types: Tape[] = []): CoreOptions => ({
  storage: below,
  engines: [notes, notes2],
  methods: [door],
  auditTypes: types.map(({ type }) => type),
  clock,
  log: () => {},
  ttls: { defaultLeaseTtl: 2_764_800, maxLeaseTtl: 2_764_800 },
  server: { vaultVersion: '1.16.3', build: 'test', apiAddress: () => 'http://127.0.0.1:8200', nodeName: () => 'test', clusterName: 'test', storageType: 'inmem' },
  caretakerMs: 3_600_000,
  judge: judged,
})

/** An unsealed core over memory storage, with a clock that stands still until it is moved, and an audit device ready to be enabled. */
export async function openCore(changed: Partial<CoreOptions> = {}): Promise<House> {
  const clock = movableClock()
  const recorder = tape()
  const storage = counting(changed.storage ?? memoryStorage())
  const core = new Core({ ...optionsFor(storage, clock, [recorder]), ...changed, storage })
  const { keys, rootToken: root } = await core.initialize({ shares: 1, threshold: 1 })
  const unseal = async () => {
    for (const key of keys) await core.submit(key.slice())
  }
  await unseal()
  const ask: Ask = (verb, path, input = {}, extra = {}) => core.handle({ verb, path, input, token: root, ...extra })
  const token = async (policies: readonly string[], more: Request['input'] = {}) => {
    const { auth } = await ask('write', 'auth/token/create', { policies, ...more })
    return auth?.client_token ?? ''
  }
  return { core, clock, storage, tape: recorder, root, keys, ask, token, unseal }
}

/** `openCore` with the engine `notes` at `notes/`, and the method `door` at `auth/door/`. */
export async function furnishedCore(changed: Partial<CoreOptions> = {}): Promise<House> {
  const house = await openCore(changed)
  await house.ask('write', 'sys/mounts/notes', { type: 'notes' })
  await house.ask('write', 'sys/auth/door', { type: 'door' })
  return house
}

/** Writes a policy of one rule for each path. */
export const allow = (ask: Ask, name: string, rules: Readonly<Record<string, readonly string[]>>) =>
  ask('write', `sys/policies/acl/${name}`, {
    policy: Object.entries(rules).map(([path, capabilities]) => `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`).join('\n'),
  })
