import { decodeData, encodeRecord, untilCommitted, type Storage, type World } from '@chatelaine/sdk'
import { historyKey, plainKey, plainRoot } from '../layout.js'
import { findConfig, noConfig, replaceConfig } from './config.js'
import { addVersion, newHistory } from './history.js'
import type { Data } from './schemas.js'
import { putValue } from './values.js'

/**
 * Turns version 1's secrets into version 2's, each with one version. It begins and ends by writing the settings: from
 * the first write on, version 1 changes nothing more and version 2 answers "upgrading"; the last one opens it. In
 * between, each secret moves in one commit. So it may be interrupted anywhere, run again, or run on several nodes at
 * once.
 */
export async function upgrade({ storage, clock }: World, from: string): Promise<void> {
  if (from !== '1') return
  if (!(await begin(storage))) return
  for await (const path of secretsUnder(storage, '')) await move(storage, path, clock.now().getTime())
  await untilCommitted(async () => {
    const { config, revision } = await findConfig(storage)
    return !config.upgrading || replaceConfig(storage, noConfig, revision)
  })
}

/** False when the mount is version 2 already. */
const begin = (storage: Storage): Promise<boolean> =>
  untilCommitted(async () => {
    const { config, revision } = await findConfig(storage)
    if (revision !== 0n) return { pending: config.upgrading === true }
    return (await replaceConfig(storage, { ...noConfig, upgrading: true }, revision)) && { pending: true }
  }).then(({ pending }) => pending)

const pageSize = 500

async function* secretsUnder(storage: Storage, folder: string): AsyncGenerator<string> {
  let after = ''
  for (;;) {
    const names = await storage.list(plainRoot + folder, { after, limit: pageSize })
    for (const name of names) {
      if (name.endsWith('/')) yield* secretsUnder(storage, folder + name)
      else yield folder + name
    }
    if (names.length < pageSize) return
    after = names[names.length - 1] ?? ''
  }
}

function move(storage: Storage, path: string, now: number): Promise<boolean> {
  return untilCommitted(async () => {
    const entry = await storage.get(plainKey(path))
    // It was listed, so it is gone, or this node has not heard of it yet: only the storage can tell.
    if (!entry) return storage.commit([], [{ key: plainKey(path), revision: 0n }])
    const history = addVersion(newHistory(now), noConfig, now)
    return storage.commit(
      [
        { put: historyKey(path), value: encodeRecord(history) },
        await putValue(path, history.current, { created: now, data: await decodeData<Data>(entry.value) }),
        { remove: entry.key },
      ],
      // Whoever takes the entry away has moved it: a node that comes late must not bring back what was deleted since.
      [{ key: entry.key, revision: entry.revision }],
    )
  })
}
