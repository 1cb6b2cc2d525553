import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { ClusterError } from '../errors.js'
import { codeOf } from '../files.js'

/** Below where systems take the ports of outgoing connections from, so that none of those gets in between. */
const [lowest, highest] = [20_000, 32_000]

/** A port for clients and the next one for peers, for each address. All are held until all are found, so that no two are the same. */
export async function freePorts(addresses: readonly string[]): Promise<number[]> {
  const held: Server[] = []
  try {
    const ports: number[] = []
    for (const address of addresses) ports.push(await freePair(address, held))
    return ports
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}

async function freePair(address: string, held: Server[]): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(lowest, highest)
    const pair = await Promise.all([listening(address, port), listening(address, port + 1)])
    held.push(...pair.filter((server) => server instanceof Object))
    if (pair.every((server) => server instanceof Object)) return port
  }
  throw ClusterError.noPort({ address })
}

/** Says which port somebody else has, before etcd says it in its own way. */
export async function checkFree(address: string, port: number): Promise<void> {
  for (const one of [port, port + 1]) {
    const server = await listening(address, one)
    if (server === 'EADDRINUSE') throw ClusterError.portTaken({ address: `${address}:${one}` })
    if (server instanceof Object) await new Promise((resolve) => server.close(resolve))
  }
}

const listening = (address: string, port: number) =>
  new Promise<Server | string>((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(codeOf(error)))
    server.listen({ host: address, port, exclusive: true }, () => resolve(server))
  })
