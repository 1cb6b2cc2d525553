import {
  encodeData, engine, parseDuration, path, RawNumber, reply, type Storage, type Write,
} from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { KvError } from '../errors.js'
import { configKey, plainKey, plainRoot } from '../layout.js'
import { ListInput, listNames, Names, refuseFolder } from '../listing.js'

type Data = Readonly<Record<string, unknown>>

const Secret = T.Record(T.String(), T.Unknown(), { description: 'What is kept.' })

const secret = path('{path+}', 'A secret: whatever was written last.')
  .read({
    summary: 'Read a secret.',
    id: 'kv-read-path',
    output: Secret,
    async handle({ storage, records, params, mount }) {
      const found = await records.get<Data>(plainKey(params.path))
      if (!found) return refuseOnceUpgraded(storage)
      return reply({ data: found.value, leaseDuration: lifeOf(found.value) ?? mount.defaultLeaseTtl })
    },
  })
  .write({
    summary: 'Write a secret, replacing all of it.',
    id: 'kv-write-path',
    input: Secret,
    exists: async ({ storage, params }) => (await storage.get(plainKey(params.path))) !== undefined,
    async handle({ storage, params, input }) {
      refuseFolder(params.path)
      if (Object.keys(input).length === 0) throw KvError.missingData()
      return commit(storage, { put: plainKey(params.path), value: await encodeData(input) })
    },
  })
  .delete({
    summary: 'Delete a secret.',
    id: 'kv-delete-path',
    handle: ({ storage, params }) => commit(storage, { remove: plainKey(params.path) }),
  })

const names = path('{path*}', 'The names kept under a path.')
  .list({
    summary: 'List names; one that ends in a slash holds more.',
    id: 'kv-list-path',
    input: ListInput,
    output: Names,
    handle: ({ storage, params, input }) => listNames(storage, plainRoot, params.path, input),
  })
  .read({
    summary: 'Nothing is kept at the mount itself: answers 404, as Vault does.',
    handle: async () => undefined,
  })

/** How long a reader may keep the value, when the secret itself says so. It has no other effect. */
function lifeOf(data: Data): number | undefined {
  const said = ['ttl', 'lease'].find((name) => Object.hasOwn(data, name))
  if (said === undefined) return undefined
  const value = data[said]
  try {
    return parseDuration(value instanceof RawNumber ? Number(value.literal) : value)
  } catch {
    // Any word may stand there; only a duration means something.
    return undefined
  }
}

/** Another node may have begun to turn this mount into version 2: what is written here from then on would be lost. */
async function commit(storage: Storage, write: Write): Promise<undefined> {
  if (!(await storage.commit([write], [{ key: configKey, revision: 0n }]))) throw KvError.upgrading()
}

async function refuseOnceUpgraded(storage: Storage): Promise<undefined> {
  if (await storage.get(configKey)) throw KvError.upgrading()
}

export const kvV1 = engine({
  type: 'kv',
  version: '1',
  help: 'Key/value secrets without versions.',
  paths: [secret, names],
})
