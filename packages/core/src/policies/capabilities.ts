/** Capabilities are bits, so that a union is `|` and a test is `&`. */
export const capabilityBit = {
  deny: 1,
  sudo: 2,
  read: 4,
  list: 8,
  update: 16,
  delete: 32,
  create: 64,
  patch: 128,
} as const

export type Capability = keyof typeof capabilityBit

/** What a request asks to do; each needs the capability of its name. */
export type Operation = 'create' | 'read' | 'update' | 'patch' | 'delete' | 'list'
export const operations: readonly Operation[] = ['create', 'read', 'update', 'patch', 'delete', 'list']

export const allCapabilities = Object.keys(capabilityBit) as readonly Capability[]

/** What the `policy = "…"` of before Vault 0.5 stands for. */
export const legacyPolicies: Readonly<Record<string, readonly Capability[]>> = {
  deny: ['deny'],
  read: ['read', 'list'],
  write: ['create', 'read', 'update', 'delete', 'list'],
  sudo: ['create', 'read', 'update', 'delete', 'list', 'sudo'],
}

/** A deny swallows whatever stands beside it. */
export function bitsOf(capabilities: Iterable<Capability>): number {
  let bits = 0
  for (const capability of capabilities) bits |= capabilityBit[capability]
  return withDeny(bits)
}

export function withDeny(bits: number): number {
  return bits & capabilityBit.deny ? capabilityBit.deny : bits
}

/** In the order Vault answers; nothing at all reads as `deny`. */
export function namesOf(bits: number): Capability[] {
  const names = allCapabilities.filter((name) => bits & capabilityBit[name])
  return names.length ? names : ['deny']
}
