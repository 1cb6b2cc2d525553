import { aeadKeyLength, equalBytes, type Random, zero } from '@chatelaine/crypto'
import type { RotationPolicy } from './rotation-policy.js'

/** One key, and the number every record written under it carries. */
export interface Term {
  readonly number: number
  readonly key: Uint8Array
  readonly installed: Date
  /** How many encryptions its time allowed for at most; known once the next term has taken over. */
  readonly encryptions: number
}

/** The keys of every term so far. New records are written under the newest; old ones stay readable for ever. */
export interface Keyring {
  readonly terms: ReadonlyMap<number, Term>
  readonly active: Term
  readonly policy: RotationPolicy
}

/** What making a key takes. */
export interface Maker {
  readonly now: Date
  readonly random: Random
}

export function keyringOf(terms: readonly Term[], policy: RotationPolicy): Keyring {
  const active = terms.at(-1)
  if (!active) throw new RangeError('a keyring has at least one term')
  return { terms: new Map(terms.map((term) => [term.number, term])), active, policy }
}

export function firstKeyring(policy: RotationPolicy, maker: Maker): Keyring {
  return keyringOf([newTerm(1, maker)], policy)
}

/** `keyring` and a new term after it. The keys of the old terms are shared with `keyring`, not copied. */
export function withNewTerm(keyring: Keyring, encryptions: number, maker: Maker): Keyring {
  const { active } = keyring
  const past = [...keyring.terms.values()].map((term) => (term === active ? { ...term, encryptions } : term))
  return keyringOf([...past, newTerm(active.number + 1, maker)], keyring.policy)
}

/** Whether `next` can have grown from `keyring`: it lost no term and changed no key. */
export function continues(keyring: Keyring, next: Keyring): boolean {
  return [...keyring.terms.values()].every(({ number, key }) => {
    const same = next.terms.get(number)
    return same !== undefined && equalBytes(same.key, key)
  })
}

export function zeroKeyring(keyring: Keyring): void {
  for (const term of keyring.terms.values()) zero(term.key)
}

function newTerm(number: number, { now, random }: Maker): Term {
  return { number, key: random(aeadKeyLength), installed: now, encryptions: 0 }
}
