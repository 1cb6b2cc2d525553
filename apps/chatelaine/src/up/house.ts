import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { base62 } from '@chatelaine/crypto'
import { createVault, inProcess, type Vault } from '@chatelaine/client'
import { emptyConfig, openLog, startServer, type Config, type Server } from '@chatelaine/server'

/** Where everything of one `up` lies, and whether it goes away with it. */
export interface Folder {
  readonly path: string
  readonly temporary: boolean
}

export function openFolder(given: string | undefined): Folder {
  if (given === undefined) return { path: mkdtempSync(join(tmpdir(), 'chatelaine-')), temporary: true }
  const path = resolve(given)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return { path, temporary: false }
}

export const closeFolder = ({ path, temporary }: Folder) => {
  if (temporary) rmSync(path, { recursive: true, force: true })
}

/** A vault on one machine: embedded store, and a key file that unseals it. */
export interface House {
  readonly server: Server
  /** Asked as root, in this process. */
  readonly vault: Vault
  readonly address: string
  readonly keyFile: string
  /** False when it was there before. */
  readonly founded: boolean
}

const wantedPort = 8200

/** Starts it, and founds it the first time. Takes another port when the usual one is taken and none was asked for. */
export async function openHouse({ path }: Folder, port: number | undefined): Promise<House> {
  const keyFile = join(path, 'unseal.key')
  const config = (at: number): Config => ({
    ...emptyConfig,
    storage: { type: 'embedded', path: join(path, 'vault') },
    seal: { type: 'keyfile', path: keyFile },
    listeners: [
      { address: { host: '127.0.0.1', port: at }, tls: undefined, maxRequestSize: undefined, maxRequestDuration: undefined, requireRequestHeader: false },
    ],
    logLevel: 'warn',
  })
  const start = (at: number) => startServer({ config: config(at), log: openLog(config(at)) })
  const server = port === undefined ? await start(wantedPort).catch((error: unknown) => (isTaken(error) ? start(0) : Promise.reject(error))) : await start(port)
  try {
    const { founded, rootToken } = await found(server, join(path, 'root-token'))
    const vault = createVault({ address: 'inproc:', transport: inProcess(server.core.handle), token: rootToken })
    return { server, vault, address: server.addresses[0] ?? '', keyFile, founded }
  } catch (error) {
    await server.close()
    throw error
  }
}

const isTaken = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'server.addressInUse'

/**
 * One machine, one person: the root token stays beside the key file, in a file of the same mode. It is on disk before the
 * vault is made with it, so that an end in between leaves no vault that nobody can enter.
 */
async function found(server: Server, tokenFile: string): Promise<{ founded: boolean; rootToken: string }> {
  if (!existsSync(tokenFile)) writeFileSync(tokenFile, `hvs.${base62(24)}\n`, { mode: 0o600, flag: 'wx' })
  const rootToken = readFileSync(tokenFile, 'utf8').trim()
  if ((await server.core.status()).initialized) return { founded: false, rootToken }
  await server.core.initialize({ shares: 1, threshold: 1, rootToken })
  return { founded: true, rootToken }
}
