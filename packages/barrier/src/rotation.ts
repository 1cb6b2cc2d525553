import { aeadNonceLength, type Random, zero } from '@chatelaine/crypto'
import type { Clock, Storage, Write } from '@chatelaine/sdk'
import { encodeCounts, readCounts } from './counts.js'
import { BarrierError } from './errors.js'
import { firstKeyring, type Keyring, withNewTerm } from './keyring.js'
import { sealKeyring } from './keyring-record.js'
import { sealRecord } from './record.js'
import { reserved } from './reserved.js'
import { operationLimit, type RotationPolicy } from './rotation-policy.js'
import type { Session } from './session.js'

/** An open barrier, seen from what changes its keyring. */
export interface Ground {
  readonly below: Storage
  readonly session: Session
  readonly clock: Clock
  readonly random: Random
  /** How many encryptions to reserve at once. */
  readonly block: number
}

/** Rereads the keyring if its revision moved; says whether it did. */
export async function refresh({ below, session }: Pick<Ground, 'below' | 'session'>): Promise<boolean> {
  return session.adopt(await below.get(reserved.keyring))
}

/** The first keyring and its count, to be written together with whatever else founds a Vault. */
export function foundingWrites(
  rootKey: Uint8Array,
  policy: RotationPolicy,
  at: Pick<Ground, 'clock' | 'random'>,
): Write[] {
  const keyring = firstKeyring(policy, { now: at.clock.now(), random: at.random })
  const { number: term, key } = keyring.active
  const [forKeyring, forCounts] = [at.random(aeadNonceLength), at.random(aeadNonceLength)]
  const counts = encodeCounts({ term, reserved: 1 })
  const writes = [
    { put: reserved.keyring, value: sealKeyring(keyring, rootKey, forKeyring) },
    { put: reserved.counts, value: sealRecord(reserved.counts, counts, { term, key, nonce: forCounts }) },
  ]
  zero(key)
  return writes
}

/**
 * Reserves at least `count` encryptions under the active term, taking a new term first where the limit would be
 * passed. Afterwards the session may use what `grant` gave it without asking anybody.
 */
export async function reserve(ground: Ground, count: number): Promise<void> {
  const { below, session } = ground
  const wanted = Math.max(ground.block, count)
  // Writing the count encrypts too, once for each time we lose the race and try again.
  for (let spent = 1; ; spent++) {
    const before = session.keyring.active.number
    const counts = await readCounts(below, session)
    const { active, policy } = session.keyring
    // Both are written in one commit, so a count older than a keyring we already had was put back by somebody.
    if (counts.term < before) throw BarrierError.tampered({ key: reserved.counts })
    if (counts.term !== active.number) {
      await refresh(ground)
      continue
    }
    const raised = counts.reserved + wanted + spent
    if (raised > operationLimit(policy) && counts.reserved > 1) {
      await rotate(ground, active.number)
      continue
    }
    const value = session.encrypt(reserved.counts, encodeCounts({ term: active.number, reserved: raised }))
    const guard = { key: reserved.counts, revision: counts.revision }
    if (!(await below.commit([{ put: reserved.counts, value }], [guard]))) continue
    if (session.keyring.active.number !== active.number) continue
    return session.grant(wanted)
  }
}

/**
 * Takes a new term. With `only`, does nothing once that term is no longer active: of many nodes that meet the same
 * limit, one adds a term and the others find it.
 *
 * Keyring and count change in one commit guarded by both, so racing nodes never lose each other's term.
 */
export async function rotate(ground: Ground, only?: number): Promise<void> {
  for (;;) {
    const { below, session, clock, random } = ground
    await refresh(ground)
    const counts = await countsToReplace(ground)
    // From here to the commit nothing is awaited, so keyring, revision and keys are of one moment.
    const { keyring, revision } = session
    if (only !== undefined && keyring.active.number !== only) return
    const next = withNewTerm(keyring, counts.reserved, { now: clock.now(), random })
    const { active } = next
    const fresh = encodeCounts({ term: active.number, reserved: 1 })
    const writes = [
      { put: reserved.keyring, value: session.sealKeyring(next) },
      { put: reserved.counts, value: session.encrypt(reserved.counts, fresh, active) },
    ]
    zero(active.key)
    const guards = [
      { key: reserved.keyring, revision },
      { key: reserved.counts, revision: counts.revision },
    ]
    if (await below.commit(writes, guards)) return void (await refresh(ground))
  }
}

/** A new term starts its own count, so a damaged one need not stop it: rotating is how it heals. */
async function countsToReplace({ below, session }: Ground): Promise<{ reserved: number; revision: bigint }> {
  try {
    return await readCounts(below, session)
  } catch (error) {
    if (!BarrierError.tampered.is(error) && !BarrierError.unknownTerm.is(error)) throw error
    return { reserved: 0, revision: (await below.get(reserved.counts))?.revision ?? 0n }
  }
}

/** Changes when rotation happens by itself, for all nodes. */
export async function setPolicy(ground: Ground, policy: RotationPolicy): Promise<void> {
  for (;;) {
    const { below, session } = ground
    await refresh(ground)
    const { keyring, revision } = session
    const next: Keyring = { ...keyring, policy }
    const value = session.sealKeyring(next)
    if (await below.commit([{ put: reserved.keyring, value }], [{ key: reserved.keyring, revision }])) break
  }
  await refresh(ground)
}
