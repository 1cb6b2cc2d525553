import type { Outgoing } from '@chatelaine/client'

const capabilities: Readonly<Record<string, readonly string[]>> = {
  GET: ['read'], LIST: ['list'], PUT: ['create', 'update'], POST: ['create', 'update'], PATCH: ['patch'], DELETE: ['delete'],
}

/** The policy that a token needs for one request, as Vault's `-output-policy` writes it. */
export function policyFor({ method, url }: Pick<Outgoing, 'method' | 'url'>): string {
  const { pathname, searchParams } = new URL(url)
  const path = decodeURIComponent(pathname.replace(/^.*?\/v1\//, ''))
  const own = capabilities[searchParams.get('list') === 'true' ? 'LIST' : method] ?? []
  const all = needsSudo(path) ? [...own, 'sudo'] : own
  return `path ${JSON.stringify(path)} {\n  capabilities = [${all.map((one) => `"${one}"`).join(', ')}]\n}`
}

/** What Vault's documentation lists as root-protected: exact paths, and those that begin with what stands before `*`. */
const sudoPaths = [
  'auth/token/accessors', 'auth/token/accessors/', 'auth/token/create-orphan', 'auth/token/revoke-orphan', 'pki/root', 'pki/root/sign-self-issued',
  'sys/audit', 'sys/audit/*', 'sys/auth/*', 'sys/config/auditing/request-headers', 'sys/config/auditing/request-headers/*', 'sys/config/cors',
  'sys/config/ui/headers', 'sys/config/ui/headers/*', 'sys/internal/inspect/router/*', 'sys/leases', 'sys/leases/lookup/*', 'sys/leases/revoke-force/*',
  'sys/leases/revoke-prefix/*', 'sys/plugins/catalog/*', 'sys/plugins/runtimes/catalog/*', 'sys/raw', 'sys/raw/*', 'sys/remount', 'sys/revoke-force/*',
  'sys/revoke-prefix/*', 'sys/rotate', 'sys/rotate/keyring', 'sys/seal', 'sys/step-down', 'sys/storage/snapshot', 'sys/storage/raft/snapshot-auto/config/*',
]

const needsSudo = (path: string): boolean =>
  sudoPaths.some((one) => (one.endsWith('*') ? path.length >= one.length && path.startsWith(one.slice(0, -1)) : path === one))
