import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A wire between the servers and one member of etcd, on which answers can be lost: what was asked still arrives. */
export interface Wire {
  /** What the servers are told instead of the member's own endpoint. */
  readonly endpoint: string
  /** Holds back, on every connection there is, whatever the member says; then ends them. What was asked until then is done. */
  loseAnswers(): Promise<void>
  /** How many bytes of answers were lost. */
  readonly lost: number
  close(): void
}

/** The member has to be reached at 127.0.0.1: its certificate names that, and the wire is there. */
export async function openWire(endpoint: string): Promise<Wire> {
  const { hostname, port } = new URL(endpoint)
  const pairs = new Set<Pair>()
  const server: Server = createServer((asker) => {
    const pair = new Pair(asker, connect({ host: hostname, port: Number(port), noDelay: true }), () => void pairs.delete(pair))
    pairs.add(pair)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  let lost = 0
  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get lost() {
      return lost
    },
    async loseAnswers() {
      const muted = [...pairs]
      await Promise.all(muted.map(async (pair) => void (lost += await pair.mute())))
    },
    close() {
      server.close()
      for (const pair of pairs) pair.end()
    },
  }
}

/** Long enough for what is under way to be done. */
const muteMs = 60

class Pair {
  readonly #asker: Socket
  readonly #member: Socket
  #muted = false
  #lost = 0

  constructor(asker: Socket, member: Socket, onEnd: () => void) {
    this.#asker = asker
    this.#member = member
    asker.setNoDelay(true)
    asker.on('data', (bytes) => member.write(bytes))
    member.on('data', (bytes) => {
      if (this.#muted) this.#lost += bytes.length
      else asker.write(bytes)
    })
    for (const socket of [asker, member]) {
      socket.on('error', () => this.end())
      socket.on('close', () => {
        this.end()
        onEnd()
      })
    }
  }

  async mute(): Promise<number> {
    this.#muted = true
    await new Promise((resolve) => setTimeout(resolve, muteMs))
    this.end()
    return this.#lost
  }

  end(): void {
    this.#asker.destroy()
    this.#member.destroy()
  }
}
