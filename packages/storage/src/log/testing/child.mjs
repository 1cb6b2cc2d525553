// A process of its own over a store, for tests that kill it. Speaks JSON lines. It runs what `tsc -b` built.
import { openLogStorage } from '../../../dist/index.js'

const [folder, task, round = '0'] = process.argv.slice(2)
/** Resolves when the kernel has the line: what it has, the reader gets, though we be killed the next moment. */
const say = (message) => new Promise((done) => process.stdout.write(`${JSON.stringify(message)}\n`, done))
// Over a limit on file sizes the kernel sends this signal first; ignored, the write fails with EFBIG instead.
process.on('SIGXFSZ', () => {})

/** Tells of each commit before it asks for it, and again after the answer. */
async function writer(storage, own) {
  for (let i = 0; ; i++) {
    const key = `w${own}/k${i % 5}`
    const value = i % 13 === 12 ? null : `${round}-${i}`.padEnd(20 + ((i * 37 + own) % 900), '.')
    const writes = { [key]: value, [`w${own}/last`]: `${round}-${i}` }
    await say({ asks: own, writes })
    try {
      await storage.commit(
        Object.entries(writes).map(([at, put]) => (put === null ? { remove: at } : { put: at, value: Buffer.from(put) })),
      )
      await say({ wrote: own })
    } catch (error) {
      await say({ refused: own, cause: error.cause?.code })
    }
  }
}

try {
  const storage = await openLogStorage({ folder, compactAbove: 50_000, log: (line) => say({ log: line }) })
  say({ opened: folder })
  if (task === 'load') await Promise.all(Array.from({ length: 8 }, (_, own) => writer(storage, own)))
  await storage.close()
} catch (error) {
  say({ failed: error.code })
}
