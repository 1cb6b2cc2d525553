import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { knownHoles } from '@chatelaine/etcd'
import { fetchEtcd } from './fetch.js'
import { versionOf } from './version.js'

export interface Etcd {
  readonly binary: string
  readonly version: string
  readonly from: 'given' | 'PATH' | 'kept' | 'fetched'
}

export interface FindOptions {
  /** `3.5` is one without known holes, 3.5 or newer. `3.4` is Debian 12's, which has them, and is here to be tested against. */
  readonly version?: '3.5' | '3.4' | undefined
  /** The one somebody named: taken whatever its version is. */
  readonly given?: string | undefined
  readonly env?: NodeJS.ProcessEnv
  /** Told before what takes a while. */
  readonly say?: (line: string) => void
}

/** Where each line comes from, and which versions are of it. */
const lines = {
  '3.5': { suite: 'sid', wanted: 'etcd 3.5.28 or later', fits: (version: string) => knownHoles(version) === undefined },
  '3.4': { suite: 'bookworm', wanted: 'etcd 3.4', fits: (version: string) => version.startsWith('3.4.') },
} as const

/** The etcd to run: one that is named, one on the PATH, one that was fetched before, or else one fetched now. */
export async function findEtcd({ version: line = '3.5', given, env = process.env, say = () => undefined }: FindOptions = {}): Promise<Etcd> {
  if (given !== undefined) return { binary: given, version: await versionOf(given), from: 'given' }
  const { suite, wanted, fits } = lines[line]
  const path = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const onPath = await fitting(path, fits)
  if (onPath) return { ...onPath, from: 'PATH' }
  const unfit = await fitting(path, () => true)
  if (unfit && line === '3.5') say(`Not ${unfit.binary}: ${knownHoles(unfit.version)}.`)
  const folder = toolFolder(env)
  const kept = await fitting(foldersIn(folder), fits)
  if (kept) return { ...kept, from: 'kept' }
  const fetched = await fetchEtcd({ suite, wanted, fits, folder, env, say })
  return { ...fetched, from: 'fetched' }
}

/** Where fetched versions of etcd are kept, a folder each. */
export const toolFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  env['CHATELAINE_ETCD_DIR'] || join(homedir(), '.cache', 'chatelaine', 'etcd')

/** Newest first. A name that begins with a dot is a folder that somebody has not finished. */
function foldersIn(folder: string): string[] {
  const newestFirst = (a: string, b: string) => b.localeCompare(a, 'en', { numeric: true })
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.')).sort(newestFirst).map((name) => join(folder, name))
  } catch {
    return []
  }
}

async function fitting(folders: readonly string[], fits: (version: string) => boolean): Promise<Omit<Etcd, 'from'> | undefined> {
  for (const binary of folders.map((folder) => join(folder, 'etcd')).filter(isProgram)) {
    const version = await versionOf(binary).catch(() => undefined)
    if (version !== undefined && fits(version)) return { binary, version }
  }
  return undefined
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
