import { createServer, type Server } from 'node:net'
import { ClusterError } from '../errors.js'
import { codeOf } from '../files.js'

/** Says which port another program has, before etcd says it in its own way. */
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
