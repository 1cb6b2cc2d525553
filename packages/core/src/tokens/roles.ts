import { decodeRecord, encodeRecord, untilCommitted, type Storage } from '@chatelaine/sdk'

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
  /** `edit` gets the role as it is, and may be called again when somebody else changed it meanwhile. */
  change(name: string, edit: (before: TokenRole | undefined) => TokenRole): Promise<void>
  remove(name: string): Promise<void>
}

export const tokenRoles = (storage: Storage): TokenRoles => ({
  async get(name) {
    const entry = await storage.get(prefix + name)
    return entry && decodeRecord<TokenRole>(entry.value)
  },
  list: () => storage.list(prefix),
  async change(name, edit) {
    const key = prefix + name
    await untilCommitted(async () => {
      const entry = await storage.get(key)
      const role = edit(entry && decodeRecord<TokenRole>(entry.value))
      return storage.commit([{ put: key, value: encodeRecord(role) }], [{ key, revision: entry?.revision ?? 0n }])
    })
  },
  async remove(name) {
    await storage.commit([{ remove: prefix + name }])
  },
})

/**
 * True when `name` fits a pattern whose `*` stands for any run of characters. Taking each piece at its first place is enough,
 * so the time grows with the lengths and not with the number of ways to match.
 */
export function globMatches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return name === first
  if (!name.startsWith(first)) return false
  let at = first.length
  for (const piece of rest) {
    const found = name.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}
