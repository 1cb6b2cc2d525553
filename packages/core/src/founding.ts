import { uuid } from '@chatelaine/crypto'
import { decodeRecord, encodeRecord, untilCommitted, type Storage } from '@chatelaine/sdk'
import { tableKey as auditKey } from './audit/table.js'
import { ManifestError } from './errors.js'
import { digestOf, manifestKey, type Manifest } from './manifest.js'
import { tableKey as mountsKey } from './mounts/table.js'
import { policyKeys } from './policy-store.js'
import { saltKey } from './tokens/rows.js'

const clusterKey = 'core/cluster'

/** Says who this vault is, and that its manifest must be there. */
interface Cluster {
  readonly id: string
  /** Left out by versions that had no manifest. */
  readonly manifest?: true
}

/**
 * The id of this vault. It is made, with an empty manifest, in a new one; a vault of before there was a manifest gets one of what it
 * holds. Afterwards the manifest must be there, and so must this record, in every vault that has tokens or mounts.
 */
export async function foundCluster(storage: Storage, manifest: Manifest): Promise<string> {
  const id = await untilCommitted(async () => {
    const found = await storage.get(clusterKey)
    const cluster = found && decodeRecord<Cluster>(found.value)
    if (cluster?.manifest) return cluster.id
    if (!cluster && ((await storage.get(saltKey)) ?? (await storage.get(mountsKey)))) throw ManifestError.lostCluster()
    const known = await storage.get(manifestKey)
    const made: Cluster = { id: cluster?.id ?? uuid(), manifest: true }
    const guards = [{ key: clusterKey, revision: found?.revision ?? 0n }, { key: manifestKey, revision: known?.revision ?? 0n }]
    const writes = [{ put: clusterKey, value: encodeRecord(made) }]
    // One that is there is of a later time than a cluster record that does not know of it.
    if (!known) writes.push({ put: manifestKey, value: encodeRecord({ version: 1, records: await present(storage) }) })
    return (await storage.commit(writes, guards)) && made.id
  })
  manifest.require()
  return id
}

async function present(storage: Storage): Promise<Record<string, string>> {
  const records: Record<string, string> = {}
  for (const key of [auditKey, mountsKey, ...(await policyKeys(storage))]) {
    const found = await storage.get(key)
    if (found) records[key] = digestOf(found.value)
  }
  return records
}
