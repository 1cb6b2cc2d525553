import { client, type Client } from '../client.js'
import type { Caller, Engine, MountFacts } from '../engine.js'
import { accept, router, run } from '../invoke.js'
import { judged } from './judged.js'
import { memoryStorage } from '../memory.js'
import { records } from '../records.js'
import type { Reply } from '../reply.js'
import type { Storage } from '../storage.js'

/** Somebody who may be asking, in an engine's own tests. */
export const somebody: Caller = {
  accessor: 'accessor', tokenKey: 'key', displayName: 'token', policies: ['default'], entityId: '', metadata: {},
}

export interface MountedOptions {
  readonly now?: () => Date
  readonly storage?: Storage
  readonly caller?: Caller | undefined
  readonly mount?: Partial<MountFacts>
}

/** One request of `mounted.ask`: everything an engine may answer with is seen, not only the data. */
export interface Mounted<E extends Engine> extends Client<E> {
  ask(verb: 'read' | 'list' | 'write' | 'patch' | 'delete', path: string, input?: Record<string, unknown>): Promise<Reply | undefined>
}

/** An engine over fresh memory storage and a clock that stands still, behind its own typed client. */
export function mounted<E extends Engine>(engine: E, options: MountedOptions = {}): Mounted<E> {
  const { now = () => new Date('2030-01-01T00:00:00Z'), storage = memoryStorage(), caller = somebody } = options
  const mount: MountFacts = {
    path: 'test/', accessor: 'test_00000000', options: {}, defaultLeaseTtl: 2_764_800, maxLeaseTtl: 2_764_800, ...options.mount,
  }
  const routes = router(judged(engine))
  const kept = records(storage)
  const ask: Mounted<E>['ask'] = async (verb, path, given = {}) => {
    const found = routes.find(verb, path)
    const input = accept(found, given)
    return run(found, { storage, records: kept, clock: { now }, caller, mount, input })
  }
  const typed = client<E>(async ({ verb, path, input }) => (await ask(verb, path, input))?.fields.data)
  return { ...typed, ask }
}
