import { defineErrors } from '@chatelaine/sdk'

/** What the core refuses, in the sentences Vault's clients know. */
export const CoreError = defineErrors('core', {
  permissionDenied: { status: 403, text: () => '1 error occurred:\n\t* permission denied\n\n' },
  noToken: { status: 403, text: () => 'permission denied' },
  /** Vault's sentence, which clients look for. It repeats a path, but only to a caller whose policies allow that path. */
  noHandler: {
    status: 404,
    text: (d: { path: string }) => `no handler for route "${d.path}". route entry not found.`,
  },
  writeToFolder: { status: 400, text: () => "cannot write to a path ending in '/'" },
  namespaces: { status: 403, text: () => 'namespaces feature not enabled' },
  noPaths: { status: 400, text: () => 'paths must be supplied' },
  tooManyPaths: { status: 400, text: () => 'at most 1000 paths of 131072 characters together can be asked about at once; ask in several requests' },
  invalid: { status: 400, text: (d: { problem: string }) => d.problem },
  preflight: {
    status: 403,
    text: (d: { path: string }) =>
      `preflight capability check returned 403, please ensure client's policies grant access to path "${d.path}/"`,
  },
  unread: { status: 503, text: () => 'the body of this request was not read, because its sender was not known yet; send it again' },
  notWrapped: { status: 400, text: () => 'endpoint requires response wrapping to be used' },
  tooLongToWrap: { status: 400, text: () => 'this answer is a stream of bytes and cannot be wrapped' },
  badWrappingToken: { status: 400, text: () => 'wrapping token is not valid or does not exist' },
  notCaretaker: { status: 503, text: () => 'this node is no longer the caretaker' },
  storageSilent: { status: 503, text: () => 'storage does not answer' },
  noPrometheus: { status: 400, text: () => 'prometheus is not enabled' },
})

export const TokenError = defineErrors('token', {
  tooMuch: { status: 400, text: () => 'a token has at most 256 policies, and metadata of at most 256 entries and 64 KiB' },
  longDisplayName: { status: 400, text: () => 'display_name has at most 1000 characters' },
  badToken: { status: 403, text: () => 'bad token' },
  invalidAccessor: { status: 400, text: () => 'invalid accessor' },
  notFound: { status: 400, text: () => 'token not found' },
  notRenewable: { status: 400, text: () => 'lease is not renewable' },
  roleGone: {
    status: 500,
    text: (d: { role: string }) => `1 error occurred:\n\t* failed to renew entry: original token role "${d.role}" could not be found, not renewing\n\n`,
  },
  loginGone: { status: 400, text: () => 'what this token was logged in by does not exist any more, not renewing; log in again' },
  policiesChanged: { status: 400, text: () => 'policies have changed, not renewing; log in again' },
  notAllRevoked: {
    status: 500,
    text: (d: { count: number }) =>
      `${d.count} records of tokens could not be ended; everything else was. What descends from a revoked token is refused, and the rest is tried again; the server's log names the first`,
  },
  tooDeep: { status: 400, text: (d: { most: number }) => `a token may have at most ${d.most} generations above it; create it by one further up, or as an orphan` },
  pastMax: { status: 400, text: () => 'past the max TTL, cannot renew' },
  restricted: { status: 400, text: () => 'restricted use token cannot generate child tokens' },
  notSubset: { status: 400, text: () => 'child policies must be subset of parent' },
  needsSudo: { status: 400, text: (d: { what: string }) => `root or sudo privileges required to ${d.what}` },
  expiringRoot: { status: 400, text: () => 'expiring root tokens cannot create non-expiring root tokens' },
  unknownRole: { status: 400, text: () => 'unknown role' },
  notAllowedByRole: {
    status: 400,
    text: (d: { allowed: readonly string[] }) => `token policies must be subset of the role's allowed policies (${JSON.stringify(d.allowed)})`,
  },
  disallowedByRole: { status: 400, text: () => 'a token policy is disallowed by this role' },
  aliasWithoutRole: { status: 400, text: () => "'entity_alias' is only allowed in combination with token role" },
  batch: { status: 400, text: () => 'batch tokens are not offered by this server; use type=service' },
  badType: { status: 400, text: () => "invalid 'type' value" },
  idTaken: { status: 400, text: () => 'cannot create a token with a duplicate ID' },
  badId: { status: 400, text: () => "custom token ID cannot have the 'hvs.' prefix, a '.' or other than printable characters" },
  noCidrs: { status: 400, text: () => 'this server does not bind tokens to addresses; leave token_bound_cidrs out' },
  rootRole: { status: 400, text: () => 'root tokens may not be created without parent token being root' },
})

/** What storage lost or gave back, although it is authentic by itself. Named, so that it can be restored; fails closed. */
export const ManifestError = defineErrors('manifest', {
  notAsWritten: {
    status: 500,
    text: (d: { key: string }) =>
      `storage lost "${d.key}", or gave back an older one: what depends on it is refused; restore a snapshot, or write the policy anew if it is one`,
  },
  lost: { status: 500, text: () => 'storage lost "core/manifest", which names the records a vault relies on: restore a snapshot' },
  lostCluster: { status: 500, text: () => 'storage lost "core/cluster", which every vault has: restore a snapshot' },
})

export const LeaseError = defineErrors('lease', {
  invalid: { status: 400, text: () => 'invalid lease' },
  notFound: { status: 400, text: () => 'lease not found' },
  missing: { status: 400, text: () => 'lease_id must be specified' },
})

export const MountError = defineErrors('mount', {
  // The paths told are those of mounts that are there, and never what was asked for.
  inUse: { status: 400, text: (d: { path: string }) => `path is already in use at ${d.path}` },
  overlaps: { status: 400, text: (d: { path: string }) => `existing mount at ${d.path}` },
  reserved: { status: 400, text: (d: { path: string }) => `cannot mount over or remove "${d.path}"` },
  kinds: { status: 400, text: () => 'a secrets engine cannot become an auth method, nor the other way' },
  onlyOne: { status: 400, text: (d: { type: string }) => `there can be one mount of type "${d.type}" only, and it exists` },
  missing: { status: 400, text: () => 'No secret engine mount at this path' },
  missingAuth: { status: 400, text: () => 'no matching mount at this path' },
  unknownType: {
    status: 400,
    text: (d: { known: readonly string[] }) => `plugin not found in the catalog: the type is unknown; this server has ${d.known.join(', ')}`,
  },
  ttlOrder: { status: 400, text: () => 'given default lease TTL greater than given max lease TTL, or than that of the system' },
  ttlCrossed: {
    status: 400,
    text: (d: { least: number; most: number }) => `backend max lease TTL of ${d.most} would be less than backend default lease TTL of ${d.least}`,
  },
  noType: { status: 400, text: () => 'backend type must be specified as a string' },
  noPluginName: { status: 400, text: () => 'plugin_name must be provided for plugin backend' },
  pluginVersion: { status: 400, text: () => 'plugin not found in the catalog in this plugin_version: engines are part of this server, so leave plugin_version out' },
  unknownVersion: { status: 400, text: (d: { versions: readonly string[] }) => `invalid version provided: this type of mount has ${versionWords(d.versions)}` },
  downgrade: { status: 400, text: (d: { version: string }) => `cannot downgrade mount from version ${d.version}` },
  tuneFixed: { status: 400, text: (d: { path: string }) => `cannot tune "${d.path}"` },
  visibility: { status: 400, text: () => 'invalid listing_visibility: use "hidden", "unauth" or ""' },
  tokenTypeOfSecrets: { status: 400, text: () => "'token_type' can only be modified on auth mounts" },
  tokenTypeOfTokens: { status: 400, text: () => "'token_type' cannot be set for 'token' or 'ns_token' auth mounts" },
  lockout: { status: 400, text: () => 'tuning of user lockout configuration for this auth type not allowed' },
  noPlaces: { status: 400, text: () => "both 'from' and 'to' path must be specified as a string" },
})

const versionWords = (versions: readonly string[]) => (versions.length === 0 ? 'no versions; leave version out' : `version ${versions.join(' and ')}`)
