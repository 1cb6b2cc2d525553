import { EtcdError, Members, type EtcdTls, type Permission } from '@chatelaine/etcd'
import { ClusterError } from '../errors.js'
import type { Done } from '../report.js'
import { rolesFor, wordsFor } from './roles.js'

export interface BootstrapOptions {
  readonly endpoints: readonly string[]
  /** Of user root. */
  readonly tls: EtcdTls
  /** Of a user who is not root, by which to see on etcd 3.4 whether auth is on. */
  readonly probe: EtcdTls
  readonly prefix: string
  readonly enableAuth?: boolean
  readonly dryRun?: boolean
}

/** One thing to be so in etcd. What `make` does is harmless when it is so already. */
interface Step {
  readonly what: string
  isSo(): Promise<boolean>
  make(): Promise<unknown>
}

/** Users, roles and auth, as they should be. What else somebody set up is left alone, and named where it widens what we limit. */
export async function bootstrap(options: BootstrapOptions): Promise<readonly Done[]> {
  const plain = options.endpoints.find((endpoint) => !endpoint.startsWith('https://'))
  if (plain !== undefined) throw ClusterError.notTls({ endpoint: plain })
  const members = new Members({ endpoints: options.endpoints, tls: options.tls, patienceMs: 15_000, shortMs: 5_000, callMs: 3_000 })
  try {
    await members.open()
    const done: Done[] = []
    for (const step of stepsFor(members, options)) done.push(await taken(step, options.dryRun ?? false))
    return [...done, ...(await excesses(members, options.prefix))]
  } finally {
    members.close()
  }
}

/** What would be done in a cluster that has none of it: said where it cannot be asked yet. */
export const wholePlan = (options: Pick<BootstrapOptions, 'prefix' | 'enableAuth'>): readonly Done[] =>
  stepsFor(undefined as never, options as BootstrapOptions).map(({ what }) => ({ what, state: 'made' }))

async function taken({ what, isSo, make }: Step, dryRun: boolean): Promise<Done> {
  if (await isSo()) return { what, state: 'kept' }
  if (dryRun) return { what, state: 'made' }
  try {
    await make()
  } catch (error) {
    // It may have been done by a try whose answer was lost, or by somebody else just now.
    if (!(await isSo())) throw error
  }
  return { what, state: 'made' }
}

function stepsFor(members: Members, { prefix, enableAuth = true, probe, endpoints }: BootstrapOptions): Step[] {
  const roles = rolesFor(prefix)
  return [
    ...roles.flatMap(({ name, may }) => [roleStep(members, name), ...may.map((one) => permissionStep(members, name, one))]),
    ...roles.flatMap(({ name }) => [userStep(members, name), grantStep(members, name)]),
    ...(enableAuth ? [authStep(members, probe, endpoints)] : []),
  ]
}

const roleStep = (members: Members, role: string): Step => ({
  what: `role ${role}`,
  isSo: async () => (await members.call('Auth/RoleList', {})).roles.includes(role),
  make: () => members.call('Auth/RoleAdd', { name: role }),
})

const permissionStep = (members: Members, role: string, wanted: Permission): Step => ({
  what: `role ${role} may ${wordsFor(wanted)}`,
  isSo: async () => (await permissionsOf(members, role)).some((one) => same(one, wanted)),
  make: () => members.call('Auth/RoleGrantPermission', { name: role, perm: wanted }),
})

const userStep = (members: Members, user: string): Step => ({
  what: `user ${user}, known by a certificate with that name`,
  isSo: async () => (await members.call('Auth/UserList', {})).users.includes(user),
  make: () => members.call('Auth/UserAdd', { name: user, options: { no_password: true } }),
})

const grantStep = (members: Members, user: string): Step => ({
  what: `user ${user} has role ${user}`,
  isSo: async () => (await rolesOf(members, user)).includes(user),
  make: () => members.call('Auth/UserGrantRole', { user, role: user }),
})

const authStep = (members: Members, probe: EtcdTls, endpoints: readonly string[]): Step => ({
  what: 'auth on: nobody does anything without a user',
  isSo: () => isAuthOn(members, probe, endpoints),
  make: () => members.call('Auth/AuthEnable', {}),
})

/** etcd 3.4 cannot be asked. There, who is not root is refused the list of users once auth is on. */
async function isAuthOn(members: Members, probe: EtcdTls, endpoints: readonly string[]): Promise<boolean> {
  try {
    return (await members.call('Auth/AuthStatus', {})).enabled
  } catch (error) {
    if (!EtcdError.failed.is(error)) throw error
  }
  const other = new Members({ endpoints, tls: probe })
  try {
    return await other.call('Auth/UserList', {}).then(() => false, (error: unknown) => {
      if (EtcdError.denied.is(error)) return true
      throw error
    })
  } finally {
    other.close()
  }
}

const same = (a: Permission, b: Permission) => a.permType === b.permType && a.key === b.key && a.range_end === b.range_end

/** Of a role that is not there yet: none. */
async function permissionsOf(members: Members, role: string): Promise<readonly Permission[]> {
  const { roles } = await members.call('Auth/RoleList', {})
  return roles.includes(role) ? (await members.call('Auth/RoleGet', { role })).perm : []
}

async function rolesOf(members: Members, user: string): Promise<readonly string[]> {
  const { users } = await members.call('Auth/UserList', {})
  return users.includes(user) ? (await members.call('Auth/UserGet', { name: user })).roles : []
}

/** What our users may beyond what they are for. Taking it away could break who relies on it, so that is for a person to do. */
async function excesses(members: Members, prefix: string): Promise<Done[]> {
  const found: Done[] = []
  for (const { name, may } of rolesFor(prefix)) {
    if (name === 'root') continue
    const more = (await permissionsOf(members, name)).filter((one) => !may.some((wanted) => same(one, wanted)))
    found.push(...more.map((one): Done => ({ what: `role ${name} also may ${wordsFor(one)}`, state: 'left', note: 'not from here; etcdctl role revoke-permission takes it away' })))
    const others = (await rolesOf(members, name)).filter((role) => role !== name)
    found.push(...others.map((role): Done => ({ what: `user ${name} also has role ${role}`, state: 'left', note: 'not from here; etcdctl user revoke-role takes it away' })))
  }
  return found
}
