import { openClient, type Client } from './client.js'
import type { Load, Place } from './load.js'

/** How many secrets are looked at at once. */
const atOnce = 6

/** The versions a secret keeps are the newest ones, none left out, and hold what their writers were told. */
export async function checkVersions({ keys, history }: Load, place: Place, token: string): Promise<string[]> {
  const written = new Map(history.flatMap(({ key, op }) => ('write' in op && typeof op.outcome === 'number' ? [[`${key} ${op.outcome}`, op.write]] : [])))
  const clients = Array.from({ length: atOnce }, () => openClient(() => place.url))
  try {
    const wrong = await Promise.all(
      clients.map(async (client, n) => {
        const found: string[] = []
        for (let i = n; i < keys.length; i += atOnce) found.push(...(await wrongVersionsOf(keys[i] as string, { client, place, token, written })))
        return found
      }),
    )
    return wrong.flat()
  } finally {
    clients.forEach((client) => client.close())
  }
}

interface Check {
  readonly client: Client
  readonly place: Place
  readonly token: string
  /** By secret and version: what its writer was told is kept. */
  readonly written: ReadonlyMap<string, string>
}

async function wrongVersionsOf(key: string, { client, place, token, written }: Check): Promise<string[]> {
  const ask = async (path: string) => {
    const reply = await client.ask({ path, token })
    if (typeof reply === 'string' || ![200, 404].includes(reply.status)) throw new Error(`${path} cannot be read at ${place.name}`)
    return reply
  }
  const { status, body } = await ask(`kv/metadata/${key}`)
  if (status === 404) return []
  const wrong: string[] = []
  const { current_version: current, versions } = body.data as { current_version: number; versions: object }
  const kept = Object.keys(versions).map(Number).sort((a, b) => a - b)
  const wanted = Array.from({ length: kept.length }, (_, i) => current - kept.length + 1 + i)
  if (JSON.stringify(kept) !== JSON.stringify(wanted)) wrong.push(`${key} keeps versions ${kept.join()} and is at ${current}`)
  for (const version of kept) {
    const known = written.get(`${key} ${version}`)
    if (known === undefined) continue
    const found = (await ask(`kv/data/${key}?version=${version}`)).body.data?.data?.value as unknown
    if (found !== known) wrong.push(`version ${version} of ${key} was acknowledged as "${known}" and is "${String(found)}"`)
  }
  return wrong
}
