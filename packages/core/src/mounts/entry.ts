import { uuid } from '@chatelaine/crypto'

/** What a mount's operator may set, in seconds and lists; 0 and -1 leave a TTL to the system. */
export interface MountConfig {
  readonly default_lease_ttl: number
  readonly max_lease_ttl: number
  readonly force_no_cache: boolean
  readonly listing_visibility?: string | undefined
  readonly audit_non_hmac_request_keys?: readonly string[] | undefined
  readonly audit_non_hmac_response_keys?: readonly string[] | undefined
  readonly passthrough_request_headers?: readonly string[] | undefined
  readonly allowed_response_headers?: readonly string[] | undefined
  readonly token_type?: string | undefined
}

/** One row of the mount table. Its storage lies under its uuid, so that a later mount at the same path finds nothing of it. */
export interface MountEntry {
  readonly kind: 'secret' | 'auth'
  /** With a trailing slash; without `auth/` in front for an auth method. */
  readonly path: string
  readonly type: string
  readonly description: string
  readonly accessor: string
  readonly uuid: string
  readonly local: boolean
  readonly seal_wrap: boolean
  readonly options: Readonly<Record<string, string>> | null
  readonly config: MountConfig
  /** Set while the engine of a newer version takes over what this older one left; found at unseal, the work goes on. */
  readonly upgrading_from?: string
  /** Where it has been before, the latest move last. */
  readonly moves?: readonly Move[]
  /** Set from the moment no request reaches it any more until nothing of it is left; found at unseal, the work goes on. */
  readonly removing?: boolean
}

/** One move of a mount, as its status is asked for later. Addresses as requests spell them. */
export interface Move {
  readonly id: string
  readonly from: string
  readonly to: string
}

export type NewMount = Pick<MountEntry, 'kind' | 'path' | 'type'> & Partial<MountEntry>

export const plainConfig: MountConfig = { default_lease_ttl: 0, max_lease_ttl: 0, force_no_cache: false }

/** A row with everything a caller left out filled in. */
export function newMount(given: NewMount): MountEntry {
  return {
    description: '',
    accessor: `${given.kind === 'auth' ? 'auth_' : ''}${given.type}_${uuid().slice(0, 8)}`,
    uuid: uuid(),
    local: false,
    seal_wrap: false,
    options: null,
    config: plainConfig,
    ...given,
  }
}

/** Mounts that the server makes itself: there is one of each. */
const own = ['sys/', 'cubbyhole/', 'auth/token/']
/** Addresses that the server stands on: what is there is never moved, removed or covered. */
const fixed = [...own, 'identity/']

export const isOwn = (at: Pick<MountEntry, 'kind' | 'path'>) => own.includes(addressOf(at))

export const isFixed = (at: Pick<MountEntry, 'kind' | 'path'>) => fixed.includes(addressOf(at))

/** The address requests reach it by: `auth/` in front of an auth method's path. */
export const addressOf = ({ kind, path }: Pick<MountEntry, 'kind' | 'path'>) => (kind === 'auth' ? `auth/${path}` : path)

/** Where its records lie, below the barrier. */
export const storagePrefix = ({ kind, uuid }: MountEntry) => `${kind === 'auth' ? 'auth' : 'logical'}/${uuid}/`
