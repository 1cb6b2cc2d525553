import type { Request, Response } from '@chatelaine/sdk'
import { sharedMemory, type SharedHandle, type SharedMemory } from '@chatelaine/sdk/testing'
import { Core, type CoreOptions } from '../core.js'
import { movableClock, type MovableClock } from './clock.js'
import { optionsFor, type Ask } from './open-core.js'
import { tape, type Tape } from './tape.js'

export interface Node {
  readonly core: Core
  readonly handle: SharedHandle
  readonly tape: Tape
  readonly ask: Ask
  /** One request of nobody. */
  anybody(verb: Request['verb'], path: string, input?: Request['input']): Promise<Response>
  unseal(): Promise<void>
}

export interface Nodes {
  readonly shared: SharedMemory
  readonly clock: MovableClock
  readonly a: Node
  readonly b: Node
  readonly root: string
  readonly log: readonly (readonly [message: string, facts: unknown])[]
  close(): Promise<void>
}

/** Two unsealed nodes over one storage, each of which has told the other of itself. */
export async function openNodes(changed: Partial<CoreOptions> = {}): Promise<Nodes> {
  const shared = sharedMemory()
  const clock = movableClock()
  const log: [string, unknown][] = []
  const made = ['a', 'b'].map((name) => {
    const [handle, recorder] = [shared.open(`id-${name}`), tape()]
    const base = optionsFor(handle, clock, [recorder])
    const server = { ...base.server, nodeName: () => name, apiAddress: () => `http://${name}:8200` }
    const core = new Core({ ...base, server, followMs: 1, log: (message, facts) => void log.push([message, facts]), ...changed })
    return { core, handle, tape: recorder }
  })
  const { keys, rootToken: root } = await made[0]!.core.initialize({ shares: 1, threshold: 1 })
  const [a, b] = made.map(({ core, handle, tape: recorder }): Node => ({
    core,
    handle,
    tape: recorder,
    ask: (verb, path, input = {}, extra = {}) => core.handle({ verb, path, input, token: root, ...extra }),
    anybody: (verb, path, input = {}) => core.handle({ verb, path, input }),
    unseal: async () => void (await core.submit(keys[0]!.slice())),
  }))
  for (const node of [a!, b!]) {
    node.core.join()
    await node.unseal()
  }
  const close = async () => {
    for (const { core, handle } of [a!, b!]) {
      handle.mend()
      await core.close()
    }
  }
  return { shared, clock, a: a!, b: b!, root, log, close }
}
