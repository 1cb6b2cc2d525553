import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Stands between a client and one member of etcd, and lets a test do to the bytes what networks do. */
export interface Proxy {
  /** Where the client connects, with the scheme of the member. */
  readonly endpoint: string
  /** What comes back from the member is lost from now on; what is sent to it arrives. */
  loseAnswers(): void
  /** From now on each connection breaks once the member has sent so many bytes over it. */
  breakAfter(bytes: number): void
  /** Connections end, and none can be made. */
  cut(): void
  /** Bytes pass again. Connections of before are gone: what was lost of them cannot be put back. */
  heal(): void
  /** What went through since, both ways: for looking into it. */
  readonly captured: Buffer[]
  close(): Promise<void>
}

export async function openProxy(endpoint: string): Promise<Proxy> {
  const { hostname, port, protocol } = new URL(endpoint)
  const open = new Set<Socket>()
  const captured: Buffer[] = []
  let most = Infinity
  let state: 'passing' | 'losing' | 'cut' = 'passing'
  const drop = () => open.forEach((socket) => socket.destroy())
  const server = createServer((client) => {
    if (state === 'cut') return void client.destroy()
    const member = connect(Number(port), hostname)
    for (const socket of [client, member]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        member.destroy()
      })
    }
    let passed = 0
    client.on('data', (chunk) => {
      captured.push(chunk)
      member.write(chunk)
    })
    member.on('data', (chunk) => {
      captured.push(chunk)
      passed += chunk.length
      if (passed > most) client.destroy()
      else if (state === 'passing') client.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `${protocol}//127.0.0.1:${(server.address() as AddressInfo).port}`,
    captured,
    loseAnswers: () => void (state = 'losing'),
    breakAfter: (bytes) => void (most = bytes),
    cut: () => {
      state = 'cut'
      drop()
    },
    heal: () => {
      state = 'passing'
      drop()
    },
    async close() {
      drop()
      server.close()
      await once(server, 'close')
    },
  }
}
