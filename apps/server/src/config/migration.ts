import { asString, HclError, parse, readEntries } from '@chatelaine/hcl'
import { ServerError } from '../errors.js'
import { emptyConfig, type StorageConfig } from './config.js'
import { readText, withEnvironment, type Environment } from './files.js'
import { once } from './read.js'
import { readStorage } from './storage.js'

/** What `operator migrate` copies, and where to. */
export interface Migration {
  readonly source: StorageConfig
  readonly destination: StorageConfig
}

/** Reads Vault's own form: `storage_source "TYPE" { … }` and `storage_destination "TYPE" { … }`, in HCL or JSON. */
export function loadMigration(file: string, env: Environment = {}): Migration {
  try {
    const { source, destination } = readMigration(readText(file))
    return { source: complete(source, env), destination: complete(destination, env) }
  } catch (error) {
    if (HclError.is(error)) throw ServerError.config({ file, problem: error.message })
    throw error
  }
}

function readMigration(text: string): Migration {
  let [source, destination]: (StorageConfig | undefined)[] = []
  const parsed = parse(text)
  readEntries(parsed, {
    // Read because Vault's files may hold it: it makes no difference here.
    once: { cluster_addr: (v) => void asString(v) },
    many: {
      storage_source: (entry) => (source = once(source, entry, readStorage)),
      storage_destination: (entry) => (destination = once(destination, entry, readStorage)),
    },
  })
  if (!source || !destination) throw new HclError('a migration needs storage_source "TYPE" { … } and storage_destination "TYPE" { … }', parsed.at)
  return { source, destination }
}

const complete = (storage: StorageConfig, env: Environment): StorageConfig => withEnvironment({ ...emptyConfig, storage }, env).storage ?? storage
