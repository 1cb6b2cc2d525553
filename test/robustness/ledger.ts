import { mustAsk } from './ask.js'

interface Chance {
  readonly version: number
  readonly value: string
}

/** One secret as its writers know it. */
class Versions {
  /** By version: what its writer was told is kept. */
  readonly kept = new Map<number, string>()
  /** Up to here the values were compared since they were written. */
  compared = 0
  /** Writes whose answer was lost: each may have happened. */
  chances: Chance[] = []

  get latest(): number {
    return Math.max(0, ...this.kept.keys())
  }

  acknowledge({ version, value }: Chance): void {
    const other = this.kept.get(version)
    if (other !== undefined) throw new Error(`version ${version} was given to "${value}" and to "${other}"`)
    this.kept.set(version, value)
  }
}

/**
 * What clients were told, and so must be true of every later server on the same store. `check` holds a server against it;
 * what was left open by lost answers is settled by what is found, and must stay so.
 */
export class Ledger {
  readonly #secrets = new Map<string, Versions>()
  readonly liveTokens = new Set<string>()
  readonly #revoked = new Set<string>()
  #perhapsRevoked = new Set<string>()
  /** Token by the one secret it may write, once. */
  #spent = new Map<string, string>()
  readonly policies = new Map<string, string>()
  readonly mounts = new Set<string>()

  secret(path: string): Versions {
    const known = this.#secrets.get(path) ?? new Versions()
    this.#secrets.set(path, known)
    return known
  }

  revoked(token: string, certain: boolean): void {
    this.liveTokens.delete(token)
    const tokens = certain ? this.#revoked : this.#perhapsRevoked
    tokens.add(token)
  }

  spent(path: string, token: string): void {
    this.#spent.set(path, token)
  }

  /** With `whole`, also the values that an earlier check has seen. */
  async check(url: string, root: string, whole = false): Promise<void> {
    await Promise.all([...this.#secrets].map(([path, versions]) => checkVersions({ url, root, path, whole }, versions)))
    await this.#checkTokens(url)
    await Promise.all([...this.#spent].map(([path, token]) => checkSpent({ url, root, path }, token)))
    this.#spent = new Map()
    await Promise.all([...this.policies].map(([name, policy]) => checkPolicy({ url, root, path: `sys/policies/acl/${name}` }, policy)))
    const mounts = await mustAsk(url, { path: 'sys/mounts', token: root })
    for (const path of this.mounts) same(`mount ${path}`, typeof mounts.body.data?.[`${path}/`], 'object')
  }

  async #checkTokens(url: string): Promise<void> {
    const alive = async (token: string) => {
      const { status } = await mustAsk(url, { path: 'auth/token/lookup-self', token })
      if (status !== 200 && status !== 403) throw new Error(`a token was answered ${status}`)
      return status === 200
    }
    const [open] = [this.#perhapsRevoked, (this.#perhapsRevoked = new Set())]
    await Promise.all([...this.liveTokens].map(async (token) => same('an acknowledged token is good', await alive(token), true)))
    await Promise.all([...open].map(async (token) => (await alive(token)) || this.#revoked.add(token)))
    await Promise.all([...this.#revoked].map(async (token) => same('a revoked token is good', await alive(token), false)))
  }
}

interface Place {
  readonly url: string
  readonly root: string
  readonly path: string
}

async function checkVersions({ url, root, path, whole }: Place & { readonly whole: boolean }, versions: Versions): Promise<void> {
  const { status, body } = await mustAsk(url, { path: `kv/metadata/${path}`, token: root })
  if (status === 404 && versions.latest === 0) return void (versions.chances = [])
  same(`metadata of ${path}`, status, 200)
  const { current_version: current, versions: listed } = body.data as { current_version: number; versions: object }
  same(`versions of ${path}`, Object.keys(listed), Array.from({ length: current }, (_, i) => String(i + 1)))
  if (current < versions.latest) throw new Error(`${path} lost version ${versions.latest}: it is at ${current}`)
  const from = whole ? 1 : versions.compared + 1
  for (let version = from; version <= current; version++) {
    const answer = await mustAsk(url, { path: `kv/data/${path}?version=${version}`, token: root })
    const value = answer.body.data?.data?.value as string
    if (!versions.kept.has(version)) {
      const wrote = versions.chances.some((chance) => chance.version === version && chance.value === value)
      if (!wrote) throw new Error(`${path} has a version ${version} that nobody wrote: "${value}"`)
      versions.kept.set(version, value)
    }
    same(`version ${version} of ${path}`, value, versions.kept.get(version))
  }
  versions.chances = []
  versions.compared = current
}

async function checkPolicy({ url, root, path }: Place, policy: string): Promise<void> {
  const { status, body } = await mustAsk(url, { path, token: root })
  same(path, { status, policy: body.data?.policy }, { status: 200, policy })
}

async function checkSpent({ url, root, path }: Place, token: string): Promise<void> {
  await mustAsk(url, { path: `kv/data/${path}`, token, input: { data: { value: 'again' } } })
  const { status, body } = await mustAsk(url, { path: `kv/metadata/${path}`, token: root })
  const uses = status === 404 ? 0 : (body.data.current_version as number)
  if (uses > 1) throw new Error(`a token for one use wrote ${path} ${uses} times`)
}

function same(what: string, found: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${what}: found ${a}, wanted ${b}`)
}
