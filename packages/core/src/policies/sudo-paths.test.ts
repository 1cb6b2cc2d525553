import { describe, expect, it } from 'vitest'
import { needsSudo } from './index.js'

describe('sudo', () => {
  it.each([
    'sys/auth/approle', 'sys/auth/approle/tune', 'sys/remount', 'sys/audit', 'sys/audit/file', 'sys/raw',
    'sys/raw/core/x',
    'sys/rotate', 'sys/config/cors', 'sys/config/auditing/request-headers/x', 'sys/config/ui/headers/x',
    'sys/plugins/catalog/secret/x', 'sys/revoke-prefix/x', 'sys/revoke-force/x', 'sys/leases/revoke-prefix/x',
    'sys/leases/revoke-force/x', 'sys/leases/lookup/', 'sys/leases/lookup/x/', 'sys/leases',
    'sys/internal/inspect/router/x',
    'sys/storage/raft/snapshot-auto/config/x', 'sys/replication/reindex', 'sys/seal', 'sys/step-down',
    'auth/token/accessors', 'auth/token/accessors/', 'auth/token/create-orphan', 'auth/token/revoke-orphan',
    '/sys/seal', 'sys/seal/', '//auth/token/accessors//',
  ])('is needed for %s', (path) => expect(needsSudo(path)).toBe(true))

  it.each([
    'sys/auth', 'sys/mounts', 'sys/mounts/kv', 'sys/leases/lookup', 'sys/leases/renew', 'sys/policy/x', 'sys/auditor',
    'auth/token/create', 'auth/token/lookup', 'auth/token/accessorsx', 'secret/sys/seal', 'sys', '',
  ])('is not needed for %j', (path) => expect(needsSudo(path)).toBe(false))
})
