import { MemoryStorage, TelegramClient, type ITelegramStorageProvider } from '@mtcute/node'
import { dataCenters, startSandbox, trust, type Sandbox, type SandboxOptions } from '../index.js'

type ClientOptions = ConstructorParameters<typeof TelegramClient>[0]
export type Options = Partial<Omit<Extract<ClientOptions, { apiId: number }>, 'apiId' | 'apiHash'>>

export const ALICE = { phone: '9996620001', firstName: 'Alice', username: 'alice' }
export const BOB = { phone: '9996620002', firstName: 'Bob', username: 'bobby' }

/** A sandbox with two people in it, trusted by this process. Closed with the test that made it. */
export async function town(options: SandboxOptions = {}): Promise<Town> {
  const sandbox = await startSandbox(options)
  trust(sandbox)
  const [alice, bob] = [sandbox.addUser(ALICE), sandbox.addUser(BOB)]
  const clients: TelegramClient[] = []

  const client = (own: Options = {}) => {
    const made = new TelegramClient({
      apiId: 1,
      apiHash: 'hash',
      storage: new MemoryStorage(),
      defaultDcs: dataCenters(sandbox),
      logLevel: Number(process.env.MTCUTE_LOG ?? 0),
      disableUpdates: false,
      ...own,
    })
    clients.push(made)
    return made
  }

  return {
    sandbox,
    alice: alice.id,
    bob: bob.id,
    client,
    async login(phone, own) {
      const made = client(own)
      await made.start({ phone, code: () => sandbox.codeFor(phone), codeSentCallback: () => undefined })
      return made
    },
    async close() {
      await Promise.all(clients.map((each) => each.destroy().catch(() => undefined)))
      await sandbox.close()
    },
  }
}

export interface Town {
  readonly sandbox: Sandbox
  readonly alice: number
  readonly bob: number
  client(own?: Options): TelegramClient
  /** A client logged in by code. */
  login(phone: string, own?: Options): Promise<TelegramClient>
  close(): Promise<void>
}

export type Storage = ITelegramStorageProvider
