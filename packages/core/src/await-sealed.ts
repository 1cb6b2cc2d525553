import type { Cluster, ClusterNode } from '@chatelaine/sdk'
import { pause, within } from './pause.js'
import type { SealedNodes } from './sys/context.js'

const everyMs = 100

/** Waits until every other node says that it is sealed, or `patienceMs` are over. This one is not asked. */
export async function othersSealed(cluster: Cluster, patienceMs: number): Promise<SealedNodes> {
  const end = performance.now() + patienceMs
  for (;;) {
    const others = await askOthers(cluster, end).catch((error: unknown) => {
      if (performance.now() >= end) throw error
      return undefined
    })
    if (others?.every(({ sealed }) => sealed) || performance.now() >= end) return named(others ?? [])
    await pause(everyMs)
  }
}

async function askOthers(cluster: Cluster, end: number): Promise<readonly ClusterNode[] | undefined> {
  const nodes = await within(Math.max(1, end - performance.now()), cluster.nodes())
  return nodes?.filter(({ id }) => id !== cluster.self)
}

const named = (nodes: readonly ClusterNode[]): SealedNodes => ({
  sealed: nodes.filter(({ sealed }) => sealed).map(({ name }) => name),
  unconfirmed: nodes.filter(({ sealed }) => !sealed).map(({ name }) => name),
})
