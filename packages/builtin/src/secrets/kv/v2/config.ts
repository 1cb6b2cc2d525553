import { decodeRecord, encodeRecord, formatDuration, path, untilCommitted, type Storage } from '@chatelaine/sdk'
import { KvError } from '../errors.js'
import { configKey } from '../layout.js'
import { Config as Shape, ConfigInput } from './schemas.js'

/** The mount's settings, which every secret in it obeys. */
export interface Config {
  readonly maxVersions: number
  readonly casRequired: boolean
  /** Seconds; negative means that no version is ever deleted by its age. */
  readonly deleteVersionAfter: number
  /** Version 1's secrets are still being moved in. */
  readonly upgrading?: true
}

export const noConfig: Config = { maxVersions: 0, casRequired: false, deleteVersionAfter: 0 }

export interface KeptConfig {
  readonly config: Config
  readonly revision: bigint
}

/** The settings as they are, even in the middle of an upgrade. */
export async function findConfig(storage: Storage): Promise<KeptConfig> {
  const entry = await storage.get(configKey)
  return { config: entry ? decodeRecord<Config>(entry.value) : noConfig, revision: entry?.revision ?? 0n }
}

/** The settings, once the mount is ready to be used. */
export async function loadConfig(storage: Storage): Promise<KeptConfig> {
  const kept = await findConfig(storage)
  if (kept.config.upgrading) throw KvError.upgrading()
  return kept
}

/** Puts `config` in the place of what was read at `revision`. False when somebody else was faster. */
export const replaceConfig = (storage: Storage, config: Config, revision: bigint): Promise<boolean> =>
  storage.commit([{ put: configKey, value: encodeRecord(config) }], [{ key: configKey, revision }])

export const config = path('config', "The mount's settings, for all of its secrets.")
  .read({
    summary: 'Read the settings.',
    id: 'kv-read-config',
    output: Shape,
    async handle({ storage }) {
      const { maxVersions, casRequired, deleteVersionAfter } = (await loadConfig(storage)).config
      return {
        max_versions: maxVersions,
        cas_required: casRequired,
        delete_version_after: formatDuration(deleteVersionAfter),
      }
    },
  })
  .write({
    summary: 'Change the settings that are given.',
    id: 'kv-write-config',
    input: ConfigInput,
    handle: ({ storage, input }) =>
      untilCommitted(async () => {
        const { config, revision } = await loadConfig(storage)
        const changed: Config = {
          maxVersions: input.max_versions ?? config.maxVersions,
          casRequired: input.cas_required ?? config.casRequired,
          deleteVersionAfter: Math.max(-1, input.delete_version_after ?? config.deleteVersionAfter),
        }
        return (await replaceConfig(storage, changed, revision)) ? undefined : false
      }),
  })
