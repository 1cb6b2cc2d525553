import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ClusterError } from '../errors.js'
import { findEtcd } from './find.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'find-etcd-'))))
afterEach(() => rmSync(folder, { recursive: true }))

function program(path: string, ...lines: string[]): string {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), ['#!/bin/sh', ...lines, ''].join('\n'))
  chmodSync(join(folder, path), 0o755)
  return join(folder, path)
}

const etcd = (path: string, version: string) => program(path, `echo "etcd Version: ${version}"`)
const env = (more: Record<string, string> = {}) => ({ PATH: join(folder, 'bin'), CHATELAINE_ETCD_DIR: join(folder, 'tools'), ...more })

/** A Debian that has one version of etcd, as far as fetching it goes. */
function debianWith(version: string, update = 'exit 0') {
  program('bin/apt-get', 'for word in "$@"; do case "$word" in', `update) ${update};;`, 'download) : > etcd-server.deb; : > etcd-client.deb;;', 'esac; done')
  program('bin/dpkg', '[ "$1" = -x ] || exit 0', '/bin/mkdir -p "$3/usr/bin"', `printf '#!/bin/sh\\necho "etcd Version: ${version}"\\n' > "$3/usr/bin/etcd"`, '/bin/chmod 755 "$3/usr/bin/etcd"')
}

it('takes the one that is named, whatever its version', async () => {
  const given = etcd('mine/etcd', '3.4.23')

  expect(await findEtcd({ given, env: env() })).toEqual({ binary: given, version: '3.4.23', from: 'given' })
})

it('takes one on the PATH that is without known holes', async () => {
  const binary = etcd('bin/etcd', '3.5.28')

  expect(await findEtcd({ env: env() })).toEqual({ binary, version: '3.5.28', from: 'PATH' })
})

it('passes over one on the PATH with known holes and says so, for one that was fetched before', async () => {
  const said: string[] = []
  etcd('bin/etcd', '3.5.16')
  etcd('tools/3.4.23/etcd', '3.4.23')
  const binary = etcd('tools/3.5.30/etcd', '3.5.30')
  etcd('tools/.unfinished-x/etcd', '3.6.99')

  expect(await findEtcd({ env: env(), say: (line) => said.push(line) })).toEqual({ binary, version: '3.5.30', from: 'kept' })
  expect(said).toEqual([expect.stringMatching(/^Not .*\/bin\/etcd: etcd 3\.5\.16 has known holes/)])
})

it('finds 3.4 where that is what is to be tested against', async () => {
  etcd('bin/etcd', '3.5.30')
  const binary = etcd('tools/3.4.23/etcd', '3.4.23')

  expect(await findEtcd({ version: '3.4', env: env() })).toEqual({ binary, version: '3.4.23', from: 'kept' })
})

it('fetches it when there is none, once, though two ask for it at the same time', async () => {
  debianWith('3.5.30')
  const found = await Promise.all([findEtcd({ env: env() }), findEtcd({ env: env() })])

  const binary = join(folder, 'tools', '3.5.30', 'etcd')
  expect(found).toEqual([{ binary, version: '3.5.30', from: 'fetched' }, { binary, version: '3.5.30', from: 'fetched' }])
  expect(readdirSync(join(folder, 'tools'))).toEqual(['3.5.30'])
  expect(await findEtcd({ env: env() })).toMatchObject({ binary, from: 'kept' })
})

it('does not keep a version with known holes, though that is what could be fetched', async () => {
  debianWith('3.5.16')

  await expect(findEtcd({ env: env() })).rejects.toThrow('Debian sid has 3.5.16')
  expect(readdirSync(join(folder, 'tools'))).toEqual([])
})

it('says what is missing and what to do when none can be fetched', async () => {
  const nothing = findEtcd({ env: env() })

  await expect(nothing).rejects.toSatisfy(ClusterError.noEtcd.is)
  await expect(nothing).rejects.toThrow(/the program apt-get .* is not there\. Put etcd 3\.5\.28 or later .* on the PATH, or name it with -etcd=PATH/)
})

it("says apt's own reason when the archive cannot be reached", async () => {
  debianWith('3.5.30', 'echo "E: Temporary failure resolving \'deb.debian.org\'" >&2; exit 100')

  await expect(findEtcd({ env: env() })).rejects.toThrow("apt-get update of Debian sid failed (Temporary failure resolving 'deb.debian.org')")
})

it('refuses to run what is no etcd', async () => {
  await expect(findEtcd({ given: program('mine/etcd', 'echo hello'), env: env() })).rejects.toThrow('is no etcd that runs here')
})
