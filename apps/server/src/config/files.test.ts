import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ServerError } from '../errors.js'
import { loadConfig, withApiAddress } from './files.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'config-'))))
afterEach(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

it('reads files in the order given, the later over the earlier', () => {
  const first = file('z.hcl', 'cluster_name = "first"\nlog_level = "warn"')
  const second = file('a.json', '{"cluster_name": "second"}')

  expect(loadConfig([first, second])).toMatchObject({ clusterName: 'second', logLevel: 'warn' })
})

it('reads the .hcl and .json files of a folder by name, and nothing else there', () => {
  file('20.json', '{"cluster_name": "later", "listener": {"unix": {"address": "/b"}}}')
  file('10.hcl', 'cluster_name = "earlier"\nlistener "unix" { address = "/a" }')
  file('README.md', 'no configuration')

  const { clusterName, listeners } = loadConfig([folder])

  expect(clusterName).toBe('later')
  expect(listeners.map(({ address }) => address)).toEqual([{ socketPath: '/a' }, { socketPath: '/b' }])
})

it('refuses a second storage also when it stands in another file', () => {
  const paths = [file('a.hcl', 'storage "inmem" {}'), file('b.hcl', '\nstorage "inmem" {}')]

  expect(() => loadConfig(paths)).toThrow(`${paths[1]}: only one storage can be used on line 2, column 1`)
})

it('names the file, line and column of what it does not know', () => {
  const good = file('a.hcl', 'ui = true')
  const bad = file('b.hcl', 'ui = true\n  telemetri {}')

  const loading = () => loadConfig([good, bad])

  expect(loading).toThrow(`${bad}: invalid key "telemetri" on line 2, column 3`)
  expect(loading).toThrow(expect.objectContaining({ code: ServerError.config.code }))
})

it('judges the lease times when all files are read', () => {
  const paths = [file('a.hcl', 'default_lease_ttl = "1000h"'), file('b.hcl', 'max_lease_ttl = "2000h"')]

  expect(loadConfig(paths)).toMatchObject({ defaultLeaseTtl: 3_600_000, maxLeaseTtl: 7_200_000 })
  expect(() => loadConfig(paths.slice(0, 1))).toThrow('default_lease_ttl (3600000s; 768h when left out) is longer than max_lease_ttl (2764800s)')
})

it('says which file cannot be read, and why', () => {
  const missing = join(folder, 'missing.hcl')
  mkdirSync(join(folder, 'd.hcl'))

  expect(() => loadConfig([missing])).toThrow(`cannot read the configuration ${missing}: ENOENT`)
  expect(() => loadConfig([folder])).toThrow(`cannot read the configuration ${join(folder, 'd.hcl')}: EISDIR`)
})

it('does not repeat what a file holds when it cannot be parsed', () => {
  const bad = file('a.hcl', 'cluster_name = "correct horse battery staple" "')

  expect(() => loadConfig([bad])).toThrow(bad)
  expect(() => loadConfig([bad])).not.toThrow(/horse/)
})

it('names the file and the line of each setting that has no effect here', () => {
  const paths = [file('a.hcl', 'ui = true\ntelemetry { statsd_address = "x" }'), file('b.hcl', 'listener "tcp" {\n  tls_disable = 1\n  profiling { unauthenticated_pprof_access = true }\n}')]

  expect(loadConfig(paths).warnings).toEqual([
    expect.stringMatching(/a\.hcl: "telemetry" on line 2 has no effect: sys\/metrics answers/),
    expect.stringMatching(/b\.hcl: "profiling" on line 3 has no effect: there are no profiling endpoints/),
  ])
})

it('takes the address of the environment before the files\', evaluated as theirs is', () => {
  const config = loadConfig([file('a.hcl', 'api_addr = "http://file:8200"')])

  expect(withApiAddress(config, undefined).apiAddress).toBe('http://file:8200')
  expect(withApiAddress(config, 'http://env:8200').apiAddress).toBe('http://env:8200')
  expect(() => withApiAddress(config, 'http://{{ Nope }}:8200')).toThrow(/^VAULT_API_ADDR: /)
})
