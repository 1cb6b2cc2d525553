import type { Engine } from '@chatelaine/sdk'
import type { Catalogue } from './table.js'
import type { MountEntry } from './entry.js'

/** Old names of engines. Whoever mounts one by its old name finds it listed by that name. */
const oldNames: Readonly<Record<string, { readonly type: string; readonly version: string }>> = { generic: { type: 'kv', version: '1' } }

/** Every name by which a mount of this type and version can be asked for. */
export function namesOfType(type: string, version: string | undefined): { readonly names: readonly string[]; readonly version: string } {
  const short = /^(\w+)-v(\d+)$/.exec(type)
  const old = Object.hasOwn(oldNames, type) ? oldNames[type] : undefined
  const meant = old ?? { type: short?.[1] ?? type, version: short?.[2] ?? (version || '1') }
  const older = Object.entries(oldNames).flatMap(([name, one]) => (one.type === meant.type && one.version === meant.version ? [name] : []))
  return { names: [meant.type, `${meant.type}-v${meant.version}`, ...older], version: meant.version }
}

/** What kinds of mount this server can make: an array of engines, each named by its own declaration. */
export function catalogue(engines: Readonly<Record<MountEntry['kind'], readonly Engine[]>>): Catalogue {
  const meant = (type: string, version: string | undefined) => (Object.hasOwn(oldNames, type) ? oldNames[type] : undefined) ?? { type, version }
  return {
    find: (kind, type, asked) => {
      const { type: name, version } = meant(type, asked)
      const ofType = engines[kind].filter((engine) => engine.type === name)
      return ofType.find((engine) => engine.version === undefined || engine.version === (version || '1'))
    },
    types: (kind) => [...new Set(engines[kind].map(({ type }) => type))].sort(),
    versions: (kind, type) => {
      const { type: name, version } = meant(type, undefined)
      const found = engines[kind].filter((engine) => engine.type === name && (version === undefined || engine.version === version))
      return found.flatMap((engine) => engine.version ?? [])
    },
  }
}
