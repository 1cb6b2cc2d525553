import type { VaultError } from '@chatelaine/sdk'
import { EtcdError } from './errors.js'
import type { Header } from './messages.js'

/**
 * Which cluster answers. The first answer decides; whatever answers as another one later was restored from a backup, or is somebody
 * else's, and nothing it says is of what was written here. What was found so stays found.
 */
export class ClusterId {
  #id: string | undefined
  /** Set once another cluster has answered. */
  stranger: VaultError | undefined

  /** What is wrong with an answer from `endpoint` that bears `header`. A proxy may leave out whose it is. */
  judge(endpoint: string, header: Header | null | undefined): VaultError | undefined {
    const id = header?.cluster_id.toString() ?? '0'
    if (id === '0' || id === this.#id) return undefined
    if (this.#id !== undefined) return (this.stranger ??= EtcdError.otherCluster({ endpoint }))
    this.#id = id
    return undefined
  }
}
