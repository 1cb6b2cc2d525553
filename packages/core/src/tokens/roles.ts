import { decodeRecord, encodeRecord, type Storage } from '@chatelaine/sdk'

/** What a token made through a role must and may be. Lists as globs match with `*`. */
export interface TokenRole {
  readonly name: string
  readonly allowed_policies: readonly string[]
  readonly disallowed_policies: readonly string[]
  readonly allowed_policies_glob: readonly string[]
  readonly disallowed_policies_glob: readonly string[]
  readonly orphan: boolean
  readonly token_period: number
  readonly renewable: boolean
  readonly path_suffix: string
  readonly token_explicit_max_ttl: number
  readonly token_no_default_policy: boolean
  readonly token_num_uses: number
  readonly token_type: string
  readonly allowed_entity_aliases: readonly string[]
}

const prefix = 'sys/token/roles/'

export interface TokenRoles {
  get(name: string): Promise<TokenRole | undefined>
  list(): Promise<string[]>
  put(role: TokenRole): Promise<void>
  remove(name: string): Promise<void>
}

export const tokenRoles = (storage: Storage): TokenRoles => ({
  async get(name) {
    const entry = await storage.get(prefix + name)
    return entry && decodeRecord<TokenRole>(entry.value)
  },
  list: () => storage.list(prefix),
  async put(role) {
    await storage.commit([{ put: prefix + role.name, value: encodeRecord(role) }])
  },
  async remove(name) {
    await storage.commit([{ remove: prefix + name }])
  },
})

/** True when `name` fits a pattern whose `*` stands for any run of characters. */
export function globMatches(pattern: string, name: string): boolean {
  const escaped = pattern.split('*').map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`, 's').test(name)
}
