import { join } from 'node:path'
import { readIfThere, writeWhole } from '../files.js'
import { ClusterError } from '../errors.js'
import type { Shape } from './arguments.js'

/** What a cluster's folder says of the cluster, in cluster.json. */
export interface ClusterRecord {
  readonly nodes: readonly Shape[]
  readonly prefix: string
}

const fileIn = (folder: string) => join(folder, 'cluster.json')

export function readRecord(folder: string): ClusterRecord | undefined {
  const text = readIfThere(fileIn(folder))
  if (text === undefined) return undefined
  try {
    const record = JSON.parse(text) as ClusterRecord
    if (Array.isArray(record.nodes) && record.nodes.every(isShape)) return record
  } catch {
    // Falls to the same refusal as what is JSON and not ours.
  }
  throw ClusterError.unreadable({ path: fileIn(folder), reason: 'it is not what etcd up wrote' })
}

export function writeRecord(folder: string, record: ClusterRecord): void {
  writeWhole(fileIn(folder), `${JSON.stringify(record, null, 2)}\n`)
}

const isShape = (one: unknown): one is Shape =>
  typeof one === 'object' && one !== null && 'name' in one && 'address' in one && 'port' in one && typeof one.port === 'number'
