import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ClusterError } from '../errors.js'
import { codeOf } from '../files.js'
import { versionOf } from './version.js'

const run = promisify(execFile)

export interface FetchOptions {
  readonly suite: 'sid' | 'bookworm'
  /** In words, for who has to find one himself. */
  readonly wanted: string
  readonly fits: (version: string) => boolean
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly say: (line: string) => void
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const packages = ['etcd-server', 'etcd-client']

/**
 * Fetches Debian's etcd, etcdctl and (since 3.5) etcdutl into a folder of their own, named by the version. apt is given sources,
 * lists and a cache that are nobody else's, so the system is left as it is; the archive's signatures are checked as ever.
 */
export async function fetchEtcd(options: FetchOptions): Promise<{ readonly binary: string; readonly version: string }> {
  const { suite, wanted, folder, say } = options
  const missing = await whatIsMissing(options)
  if (missing) throw ClusterError.noEtcd({ wanted, missing })
  say(`Fetching etcd from Debian ${suite} into ${folder} …`)
  const workshop = mkdtempSync(join(tmpdir(), 'etcd-fetch-'))
  try {
    // apt fetches as a user of its own, who has to get in. What lies here is public.
    chmodSync(workshop, 0o755)
    await download(workshop, options)
    return await install(workshop, options)
  } finally {
    rmSync(workshop, { recursive: true, force: true })
  }
}

async function whatIsMissing({ env }: FetchOptions): Promise<string | undefined> {
  for (const [program, debian] of [['apt-get', 'apt'], ['dpkg', 'dpkg']] as const) {
    const there = await run(program, ['--version'], { env }).then(() => true, () => false)
    if (!there) return `the program ${program} (Debian's package ${debian}) is not there`
  }
  return existsSync(keyring) ? undefined : `${keyring} is not there (apt-get install debian-archive-keyring)`
}

async function download(workshop: string, { suite, wanted, env }: FetchOptions): Promise<void> {
  const at = (name: string) => join(workshop, name)
  for (const name of ['sources', 'lists/partial', 'cache/archives/partial', 'debs']) mkdirSync(at(name), { recursive: true })
  const source = ['Types: deb', 'URIs: http://deb.debian.org/debian', `Suites: ${suite}`, 'Components: main', `Signed-By: ${keyring}`, '']
  writeFileSync(join(at('sources'), `${suite}.sources`), source.join('\n'))
  const options = {
    'Dir::Etc::sourcelist': '/dev/null', 'Dir::Etc::sourceparts': at('sources'), 'Dir::State::lists': at('lists'), 'Dir::Cache': at('cache'),
    'APT::Update::Error-Mode': 'any', 'Acquire::Languages': 'none', 'Acquire::Retries': '2', 'Acquire::http::Timeout': '20',
  }
  const apt = (...words: string[]) =>
    run('apt-get', ['-q', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]), ...words], {
      cwd: at('debs'), timeout: 300_000, env: { ...env, LC_ALL: 'C' }, maxBuffer: 1 << 24,
    }).catch((cause: unknown) => {
      throw ClusterError.noEtcd({ wanted, missing: `apt-get ${words[0] ?? ''} of Debian ${suite} failed (${complaintOf(cause)})` }, { cause })
    })
  await apt('update')
  await apt('download', ...packages)
}

/** The first thing apt said was wrong. */
function complaintOf(cause: unknown): string {
  const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : ''
  return /^[EW]: (.*)$/m.exec(said)?.[1]?.slice(0, 300) ?? codeOf(cause)
}

/** Unpacks beside the final place and renames: a folder with a version's name is always whole. */
async function install(workshop: string, { wanted, fits, folder, suite, env }: FetchOptions): Promise<{ readonly binary: string; readonly version: string }> {
  mkdirSync(folder, { recursive: true })
  const unfinished = mkdtempSync(join(folder, '.unfinished-'))
  try {
    const debs = readdirSync(join(workshop, 'debs')).filter((name) => name.endsWith('.deb'))
    for (const name of debs) await run('dpkg', ['-x', join(workshop, 'debs', name), workshop], { env })
    for (const name of readdirSync(join(workshop, 'usr', 'bin'))) copyFileSync(join(workshop, 'usr', 'bin', name), join(unfinished, name))
    const version = await versionOf(join(unfinished, 'etcd'))
    if (!fits(version)) throw ClusterError.noEtcd({ wanted, missing: `Debian ${suite} has ${version}` })
    chmodSync(unfinished, 0o755)
    putInPlace(unfinished, join(folder, version))
    return { binary: join(folder, version, 'etcd'), version }
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

function putInPlace(unfinished: string, place: string): void {
  try {
    renameSync(unfinished, place)
  } catch (error) {
    // Somebody was faster, and fetched the same.
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error
  }
}
