import type { Vault } from '@chatelaine/client'

interface MountFacts {
  readonly path?: string
  readonly options?: { readonly version?: string } | null
}

/**
 * The current value at `path`, which names a mount and what is in it, as `vault kv get` takes it. The server says which
 * version of KV the mount is. Undefined when nothing is there.
 */
export async function readSecret(vault: Vault, path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const facts = (await vault.read(`sys/internal/ui/mounts/${path}`)) as MountFacts | undefined
  const mount = facts?.path ?? `${path.split('/')[0]}/`
  if (facts?.options?.version !== '2') return vault.read(path)
  const data = await vault.read(`${mount}data/${path.slice(mount.length)}`)
  return (data?.['data'] ?? undefined) as Readonly<Record<string, unknown>> | undefined
}
