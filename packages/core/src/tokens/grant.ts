import { untilCommitted, type Grant, type Guard, type MountFacts } from '@chatelaine/sdk'
import { CoreError } from '../errors.js'
import { assignable, normalizePolicyName } from '../policies/index.js'
import type { Token } from './entry.js'
import type { TokenStore } from './store.js'
import { lifetime } from './ttl.js'

export interface Granted {
  readonly token: Token
  readonly warnings: readonly string[]
}

/** The login a token is made for. */
export interface Login {
  readonly mount: MountFacts
  readonly path: string
  /** A guard that no longer holds once the method is unmounted; throws if it is. */
  readonly standing: () => Promise<Guard>
}

/** Makes the token of a login that an auth method has accepted. Such a token is nobody's child, and never root. */
export async function tokenFor(store: TokenStore, grant: Grant, { mount, path, standing }: Login): Promise<Granted> {
  const named = grant.policies.filter((name) => name !== '').map(normalizePolicyName)
  if (!named.every(assignable) || named.includes('root')) {
    throw CoreError.invalid({ problem: 'auth methods cannot create root tokens' })
  }
  const policies = [...new Set(grant.noDefaultPolicy ? named : [...named, 'default'])].sort()
  const now = store.now()
  const bounds = {
    ttl: grant.ttl ?? 0,
    period: grant.period ?? 0,
    explicitMaxTtl: grant.explicitMaxTtl ?? 0,
    maxTtl: grant.maxTtl ?? 0,
    mountDefault: mount.defaultLeaseTtl,
    mountMax: mount.maxLeaseTtl,
  }
  const { ttl, warnings } = lifetime(bounds, 0)
  const token = await untilCommitted(async () =>
    store.create(
      {
        policies,
        path,
        meta: grant.metadata ?? null,
        displayName: grant.displayName,
        numUses: grant.numUses ?? 0,
        creationTime: now,
        creationTtl: ttl,
        explicitMaxTtl: bounds.explicitMaxTtl,
        period: bounds.period,
        maxTtl: bounds.maxTtl,
        renewable: grant.renewable ?? true,
        orphan: true,
        parent: '',
        role: '',
        entityId: '',
        expireTime: now + ttl,
      },
      undefined,
      { guards: [await standing()] },
    ),
  )
  return { token, warnings }
}
