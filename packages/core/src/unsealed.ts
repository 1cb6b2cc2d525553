import type { Barrier } from '@chatelaine/barrier'
import { strict, type OpenStorage, type SharedStorage } from '@chatelaine/sdk'
import { Caretaker, type Chore, type ChoreCounts } from './caretaker.js'
import { startFollowing } from './follow.js'
import { foundCluster } from './founding.js'
import type { HeldLeases } from './held-leases.js'
import { Manifest } from './manifest.js'
import type { SealOrders } from './seal-orders.js'
import type { Keys, ThisNode } from './sys/context.js'
import { sweep } from './tokens/sweep.js'
import { openVault, type Parts, type Vault } from './vault.js'

/** What stands open: the vault, and how to stop what runs beside requests. */
export interface Unsealed {
  readonly vault: Vault
  readonly clusterId: string
  readonly since: Date
  readonly caretaker: Caretaker
  stop(): Promise<void>
}

export interface Opening {
  readonly barrier: Barrier
  readonly parts: Parts & { readonly storage: OpenStorage }
  readonly shared: SharedStorage | undefined
  readonly orders: SealOrders | undefined
  readonly leases: HeldLeases
  readonly chores: ChoreCounts
  readonly pace: { readonly caretakerMs: number; readonly followMs: number; readonly restMs: number | undefined }
  readonly keys: Keys
  readonly node: ThisNode
  /** Begins to seal this node, and does not wait for it. */
  sealSoon(): void
}

/** Puts the vault together over the open barrier, and starts what goes on beside requests until it is sealed. */
export async function openUnsealed(opening: Opening): Promise<Unsealed> {
  const { barrier, parts, shared, chores: counts, pace, keys, node } = opening
  const { log, clock } = parts
  const catchUp = shared && (() => shared.catchUp(true))
  const manifest = new Manifest(barrier, catchUp)
  const clusterId = await foundCluster(barrier, manifest)
  const vault = await openVault(barrier, { ...parts, catchUp }, { clusterId, manifest, keys, node })
  const report = (chore: string, error: unknown) => log('a chore failed', { chore, error })
  const caretaker = new Caretaker({
    chores: choresOf(opening, vault, report), everyMs: pace.caretakerMs, report, counts, shared,
    ...(pace.restMs !== undefined && { restMs: pace.restMs }),
  })
  const stopFollowing = shared && follow(opening, shared)
  const stop = async () => void (await Promise.all([caretaker.stop(), stopFollowing?.()]))
  return { vault, clusterId, since: clock.now(), caretaker, stop }
}

function choresOf({ barrier, parts, shared, leases }: Opening, vault: Vault, report: (chore: string, error: unknown) => void): Chore[] {
  const below = shared ? strict(shared) : parts.storage
  return [
    {
      name: 'expire',
      async run({ signal, fence }) {
        if (await leases.holdBack()) return
        const { tokens, forget } = vault.by(fence(barrier))
        // One that fails does so again each time, and is news once.
        const told = vault.stuck.rows
        vault.stuck.rows = await sweep(tokens, forget, (error, row) => void (told.has(row) || report('expire', error)), signal)
      },
    },
    { name: 'rotate', run: async ({ fence }) => void (await barrier.rotateIfDue(fence(below))) },
  ]
}

/** What another node did to the whole vault is seen here even when nobody asks for anything. */
function follow({ barrier, orders, parts, pace, sealSoon }: Opening, shared: SharedStorage): () => Promise<void> {
  return startFollowing({
    everyMs: pace.followMs,
    async look() {
      await shared.catchUp(true)
      if (await orders?.given()) return sealSoon()
      await barrier.refresh()
    },
    report: (error) => parts.log('this node could not look what others did', { error }),
  })
}
