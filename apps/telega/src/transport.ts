import { TcpTransport, type TelegramTransport } from '@mtcute/node'
import { TelegaError } from './errors.js'
import { reasonOf } from './system.js'

type Tcp = Awaited<ReturnType<TcpTransport['connect']>>

export interface TransportWatch {
  /** Nobody could be reached at `address`. */
  failed(address: string, reason: string): void
  /** A connection carried nothing for so many seconds, and was given up. */
  silent(address: string, seconds: number): void
  /** Something came. */
  heard(): void
  readonly times?: Partial<TransportTimes> | undefined
}

export interface TransportTimes {
  /** A connection over which nothing came for so long is dead: mtcute asks for a sign of life at least every 15 seconds. */
  readonly quietMs: number
  /** A route that swallows packets would keep a connection attempt for two minutes. */
  readonly connectMs: number
}

/** How often mtcute asks for a sign of life; up to five seconds more, by chance. */
export const pingMs = 10_000

const usual: TransportTimes = { quietMs: 25_000, connectMs: 15_000 }

/**
 * TCP that notices a connection which has died without a word, as behind a router that forgot it: mtcute itself would wait for two
 * minutes. What is given up is closed, and mtcute connects anew.
 */
export function watchedTransport({ failed, silent, heard, times }: TransportWatch): TelegramTransport {
  const { quietMs, connectMs } = { ...usual, ...times }
  const tcp = new TcpTransport()
  return {
    packetCodec: () => tcp.packetCodec(),
    async connect(dc) {
      const address = `${dc.ipAddress}:${dc.port}`
      try {
        const connection = await inTime(tcp.connect(dc), connectMs)
        return whileHeard(connection, quietMs, { heard, silent: () => silent(address, quietMs / 1000) })
      } catch (cause) {
        const reason = cause === late ? `no answer within ${connectMs / 1000} seconds` : reasonOf(cause)
        failed(address, reason)
        throw TelegaError.noTelegram({ address, reason }, { cause })
      }
    },
  }
}

const late = Symbol('late')

async function inTime(connecting: Promise<Tcp>, ms: number): Promise<Tcp> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // Whoever comes after all is not waited for any more.
      connecting.then((connection) => connection.close(), () => undefined)
      reject(late)
    }, ms)
  })
  return Promise.race([connecting, tooLate]).finally(() => clearTimeout(timer))
}

/** The same connection, that closes itself when nothing is read for `ms`. */
function whileHeard(connection: Tcp, ms: number, tell: { heard(): void; silent(): void }): Tcp {
  const quiet = setTimeout(() => {
    tell.silent()
    connection.close()
  }, ms).unref()
  const { read, close } = { read: connection.read.bind(connection), close: connection.close.bind(connection) }
  return Object.assign(connection, {
    async read(into: Uint8Array) {
      try {
        const count = await read(into)
        quiet.refresh()
        tell.heard()
        return count
      } catch (error) {
        clearTimeout(quiet)
        throw error
      }
    },
    close() {
      clearTimeout(quiet)
      close()
    },
  })
}
