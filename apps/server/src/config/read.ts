import {
  asBoolean, asString, asStrings, HclError, labelled, parse, readEntries, type Entry, type ObjectValue, type Value,
} from '@chatelaine/hcl'
import { asAddress } from './addresses.js'
import { emptyConfig, type Config, type LogLevel, type SealConfig } from './config.js'
import { duration } from './duration.js'
import { foreignToServer } from './foreign.js'
import { readListener } from './listener.js'
import { knownLevels, logLevelOf } from './log-level.js'
import { readStorage } from './storage.js'

type Draft = { -readonly [K in keyof Config]: Config[K] }

/**
 * Reads one file's text, in HCL or JSON, over `base`. A key that nobody knows is refused where it stands, and one that only Vault
 * knows is warned of: a setting that is silently ignored is worse than none. What the settings mean together is `loadConfig`'s
 * to judge: another file may follow. Throws `HclError`.
 */
export function readConfig(text: string, base: Config = emptyConfig): Config {
  const draft: Draft = { ...base }
  const warn = (warning: string) => void (draft.warnings = [...draft.warnings, warning])
  readEntries(parse(text), {
    once: {
      api_addr: (v) => (draft.apiAddress = asAddress(v)),
      cluster_name: (v) => (draft.clusterName = asString(v)),
      node_name: (v) => (draft.nodeName = asString(v)),
      production: (v) => (draft.production = asBoolean(v)),
      default_lease_ttl: (v) => (draft.defaultLeaseTtl = duration(v)),
      max_lease_ttl: (v) => (draft.maxLeaseTtl = duration(v)),
      log_level: (v) => (draft.logLevel = logLevel(v)),
      log_format: (v) => (draft.logFormat = oneOf(v, ['standard', 'json'] as const)),
      log_file: (v) => (draft.logFile = asString(v)),
      pid_file: (v) => (draft.pidFile = asString(v)),
      audit_file_folders: (v) => (draft.auditFileFolders = folders(v)),
      // What Vault's files commonly hold and what makes no difference here: nothing is swapped that mlock would keep, and
      // every node is active. They are read, so that such a file works, and checked, so that a typing error still shows.
      disable_mlock: (v) => void asBoolean(v),
      ui: (v) => void asBoolean(v),
      cluster_addr: (v) => void asString(v),
      disable_clustering: (v) => void asBoolean(v),
      disable_performance_standby: (v) => void asBoolean(v),
    },
    many: {
      ...foreignToServer(warn),
      storage: (entry) => (draft.storage = once(draft.storage, entry, readStorage)),
      backend: (entry) => (draft.storage = once(draft.storage, entry, readStorage)),
      seal: (entry) => (draft.seal = once(draft.seal, entry, readSeal)),
      listener: (entry) => (draft.listeners = [...draft.listeners, ...labelled(entry).map(({ label, body }) => readListener(label, body, warn))]),
    },
  })
  return draft
}

type ReadBlock<T> = (type: { readonly name: string; readonly at: HclErrorPosition }, body: ObjectValue) => T
type HclErrorPosition = ConstructorParameters<typeof HclError>[1]

/** Reads a block that may come one time, under one label. */
export function once<T>(before: T | undefined, entry: Entry, read: ReadBlock<T>): T {
  const blocks = labelled(entry)
  const [first, second] = blocks
  if (before !== undefined || second) throw new HclError(`only one ${entry.key.name} can be used`, second?.label.at ?? entry.key.at)
  if (!first) throw new HclError(`${entry.key.name} needs a type: ${entry.key.name} "TYPE" { … }`, entry.key.at)
  return read(first.label, first.body)
}

const readSeal: ReadBlock<SealConfig> = (type, body) => {
  if (type.name !== 'keyfile') {
    throw new HclError(`unknown seal ${JSON.stringify(type.name)}: this server has "keyfile"; leave it out for shares held by people`, type.at)
  }
  let path: string | undefined
  readEntries(body, { once: { path: (v) => (path = asString(v)) } })
  if (!path) throw new HclError('seal "keyfile" needs path, the file that holds the key', type.at)
  return { type: 'keyfile', path }
}

function oneOf<const T extends string>(value: Value, known: readonly T[]): T {
  const word = asString(value)
  const found = known.find((one) => one === word)
  if (!found) throw new HclError(`expected one of ${known.join(', ')}`, value.at)
  return found
}

function logLevel(value: Value): LogLevel {
  const level = logLevelOf(asString(value))
  if (!level) throw new HclError(`expected one of ${knownLevels}`, value.at)
  return level
}

function folders(value: Value): readonly string[] {
  const given = asStrings(value)
  const odd = given.some((folder) => !folder.startsWith('/'))
  if (odd || given.length === 0) throw new HclError('expected a list of absolute paths such as ["/var/log/vault"]', value.at)
  return given
}
