import { randomBytes } from 'node:crypto'
import { EtcdError, knownHoles, Members } from '@chatelaine/etcd'
import { StorageError } from '../errors.js'
import { EtcdStorage } from './etcd-storage.js'
import { settled, type EtcdStorageOptions, type SettledOptions } from './options.js'

/**
 * etcd as a storage that many nodes share, each of which reads and writes, strictly consistent. Its protocol is in
 * docs/decisions/0010-etcd.md.
 */
export async function openEtcdStorage(given: EtcdStorageOptions): Promise<EtcdStorage> {
  const options = settled(given)
  const members = new Members({ endpoints: options.endpoints, tls: options.tls, user: options.user, patienceMs: options.requestTimeoutMs })
  const storage = new EtcdStorage({ members, self: randomBytes(8).toString('hex'), options })
  try {
    await members.open()
    judgeVersions(members, options)
    await storage.open()
    return storage
  } catch (error) {
    await storage.close().catch(() => undefined)
    throw error
  }
}

/** A member that does not answer is judged when it does, by the next node that starts. */
function judgeVersions(members: Members, { production, allowVersion, log }: SettledOptions): void {
  const versions = new Set(members.facts.map(({ version }) => version).filter((version) => version !== ''))
  for (const version of versions) {
    const problem = knownHoles(version)
    if (!problem || version === allowVersion) continue
    if (production) throw StorageError.holes({ problem })
    log(`WARNING: ${problem}`)
  }
  if (versions.size === 0) throw EtcdError.unreached({ why: members.facts.map(({ endpoint, silence }) => silence || `${endpoint} does not tell its version`).join('; ') })
}
