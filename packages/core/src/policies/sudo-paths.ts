/** Paths that need the capability `sudo` beside their own: exact, or everything under what stands before `*`. */
export const sudoPaths: readonly string[] = [
  'sys/audit', 'sys/audit/*', 'sys/auth/*', 'sys/config/auditing/*', 'sys/config/cors', 'sys/config/ui/headers/*',
  'sys/internal/inspect/*', 'sys/leases', 'sys/leases/lookup/*', 'sys/leases/revoke-force/*',
  'sys/leases/revoke-prefix/*', 'sys/plugins/catalog/*', 'sys/plugins/runtimes/catalog/*', 'sys/raw', 'sys/raw/*',
  'sys/remount', 'sys/replication/dr/primary/secondary-token', 'sys/replication/dr/reindex',
  'sys/replication/performance/primary/secondary-token', 'sys/replication/performance/reindex',
  'sys/replication/primary/secondary-token', 'sys/replication/reindex', 'sys/revoke-force/*', 'sys/revoke-prefix/*',
  'sys/rotate', 'sys/rotate/keyring', 'sys/seal', 'sys/step-down', 'sys/storage/raft/snapshot-auto/config/*',
  'auth/token/accessors', 'auth/token/accessors/*', 'auth/token/create-orphan', 'auth/token/revoke-orphan',
  'auth/token/revoke-orphan/*',
]

const exact: ReadonlySet<string> = new Set(sudoPaths.filter((path) => !path.endsWith('*')))
const under: readonly string[] = sudoPaths.filter((path) => path.endsWith('*')).map((path) => path.slice(0, -1))

/** A slash more at either end makes no difference, so that none can be used to step around the rule. */
export function needsSudo(path: string): boolean {
  if (!path.startsWith('sys/') && !path.startsWith('auth/token/') && !path.startsWith('/')) return false
  const bare = path.replace(/^\/+/, '')
  return exact.has(bare.replace(/\/+$/, '')) || under.some((prefix) => bare.startsWith(prefix))
}
