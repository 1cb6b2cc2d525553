import type { Engine } from '@chatelaine/sdk'
import type { Catalogue } from './table.js'
import type { MountEntry } from './entry.js'

/** What kinds of mount this server can make: an array of engines, each named by its own declaration. */
export function catalogue(engines: Readonly<Record<MountEntry['kind'], readonly Engine[]>>): Catalogue {
  return {
    find: (kind, type, version) => {
      const ofType = engines[kind].filter((engine) => engine.type === type)
      return ofType.find((engine) => engine.version === undefined || engine.version === (version ?? '1'))
    },
    types: (kind) => [...new Set(engines[kind].map(({ type }) => type))].sort(),
  }
}
