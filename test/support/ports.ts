import { createServer } from 'node:net'

/** Below where systems give ports out by themselves: no outgoing connection and no server on port 0 gets in between. */
const lowest = 12_000
const ofEachWorker = 3000

/**
 * The first of `count` ports in a row that nobody has, for programs that must be told theirs before they start. Each of vitest's
 * workers looks in a range of its own, so that none finds what another has found and not taken yet.
 */
export async function freePorts(count = 1): Promise<number> {
  const own = lowest + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 2) * ofEachWorker
  for (;;) {
    const first = own + Math.floor(Math.random() * (ofEachWorker - count))
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)))
    if (free.every(Boolean)) return first
  }
}

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer().once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
