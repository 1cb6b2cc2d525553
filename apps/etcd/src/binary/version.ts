import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ClusterError } from '../errors.js'
import { codeOf } from '../files.js'

const run = promisify(execFile)

/** What an etcd says it is, as in `3.5.30`. */
export async function versionOf(binary: string): Promise<string> {
  const { stdout } = await run(binary, ['--version'], { timeout: 20_000 }).catch((cause: unknown) => {
    throw ClusterError.notEtcd({ path: binary, reason: codeOf(cause) }, { cause })
  })
  const version = /^etcd Version: (\d+\.\d+\.\d+)/m.exec(stdout)?.[1]
  if (version === undefined) throw ClusterError.notEtcd({ path: binary, reason: 'it does not say its version' })
  return version
}
