import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** How slowly bytes pass: each piece comes so late, and one in `stallEvery` by `stallMs` later, which is what TCP makes of lost packets. */
export interface Slowness {
  readonly delayMs: number
  readonly stallEvery: number
  readonly stallMs: number
}

/** A wire between a server and one member of etcd, which loses answers, cuts, or is slow. */
export interface Wire {
  /** What the server is told instead of the member's own endpoint. */
  readonly endpoint: string
  /** Holds back, on every connection there is, whatever the member says; then ends them. What was asked until then is done. */
  loseAnswers(): Promise<void>
  /** How many bytes of answers were lost. */
  readonly lost: number
  /** Connections end, and none can be made until it is mended. */
  cut(): void
  mend(): void
  /** Connections end; others can be made at once. */
  drop(): void
  /** From now on; as fast as it can again when nothing is given. */
  slow(how?: Slowness): void
  close(): void
}

/** The member's certificate has to name 127.0.0.1, where the wire is. */
export async function openWire(endpoint: string): Promise<Wire> {
  const { hostname, port } = new URL(endpoint)
  const pairs = new Set<Pair>()
  let [lost, cut, slowness]: [number, boolean, Slowness | undefined] = [0, false, undefined]
  const server: Server = createServer((asker) => {
    if (cut) return void asker.destroy()
    const member = connect({ host: hostname, port: Number(port), noDelay: true })
    const pair = new Pair({ asker, member, slowness: () => slowness, onEnd: () => void pairs.delete(pair) })
    pairs.add(pair)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const drop = () => pairs.forEach((pair) => pair.end())
  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get lost() {
      return lost
    },
    async loseAnswers() {
      const muted = [...pairs]
      const swallowed = () => muted.reduce((sum, pair) => sum + pair.lost, 0)
      muted.forEach((pair) => pair.mute())
      const begun = performance.now()
      do await new Promise((resolve) => setTimeout(resolve, muteMs))
      while (swallowed() === 0 && performance.now() - begun < mostMs)
      lost += swallowed()
      muted.forEach((pair) => pair.end())
    },
    cut() {
      cut = true
      drop()
    },
    mend: () => void (cut = false),
    drop,
    slow: (how) => void (slowness = how),
    close() {
      server.close()
      drop()
    },
  }
}

/** Long enough for what is under way to be done; longer where nothing was said yet, for a slow machine has not come to it. */
const [muteMs, mostMs] = [60, 1000]

interface PairParts {
  readonly asker: Socket
  readonly member: Socket
  readonly slowness: () => Slowness | undefined
  readonly onEnd: () => void
}

class Pair {
  readonly #asker: Socket
  readonly #member: Socket
  #muted = false
  #lost = 0

  constructor({ asker, member, slowness, onEnd }: PairParts) {
    this.#asker = asker
    this.#member = member
    asker.setNoDelay(true)
    const [toMember, toAsker] = [new Lag(slowness), new Lag(slowness)]
    asker.on('data', (bytes) => toMember.pass(() => member.write(bytes)))
    member.on('data', (bytes) => {
      if (this.#muted) this.#lost += bytes.length
      else toAsker.pass(() => asker.write(bytes))
    })
    for (const socket of [asker, member]) {
      socket.on('error', () => this.end())
      socket.on('close', () => {
        this.end()
        onEnd()
      })
    }
  }

  /** From now on what the member says is lost. */
  mute(): void {
    this.#muted = true
  }

  get lost(): number {
    return this.#lost
  }

  end(): void {
    this.#asker.destroy()
    this.#member.destroy()
  }
}

/** Keeps what passes in order, however late each piece is. */
class Lag {
  readonly #slowness: () => Slowness | undefined
  readonly #waiting: { readonly due: number; readonly pass: () => unknown }[] = []

  constructor(slowness: () => Slowness | undefined) {
    this.#slowness = slowness
  }

  pass(pass: () => unknown): void {
    const slow = this.#slowness()
    if (!slow && this.#waiting.length === 0) return void pass()
    const stalls = slow !== undefined && Math.random() < 1 / slow.stallEvery
    const late = (slow?.delayMs ?? 0) + (stalls ? slow.stallMs : 0)
    const due = Math.max(performance.now() + late, this.#waiting.at(-1)?.due ?? 0)
    this.#waiting.push({ due, pass })
    if (this.#waiting.length === 1) this.#wait()
  }

  #wait(): void {
    const [next] = this.#waiting
    if (!next) return
    setTimeout(() => {
      next.pass()
      this.#waiting.shift()
      this.#wait()
    }, Math.max(0, next.due - performance.now()))
  }
}
