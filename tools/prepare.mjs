#!/usr/bin/env node
// What the tests need beside npm's packages: other people's clients and tools, and two versions of etcd. Installs Debian's
// where it can, and says exactly what is missing where it cannot. Runs after the compiler: it fetches etcd as the program does.
import { spawnSync } from 'node:child_process'
import { findEtcd } from '@chatelaine/etcd-cluster'

const needs = [
  { what: 'flock', debian: 'util-linux', why: 'the lock of the embedded store', has: () => runs('flock', ['--version']) },
  { what: 'curl', debian: 'curl', why: 'the README\'s own commands', has: () => runs('curl', ['--version']) },
  { what: 'jq', debian: 'jq', why: 'the commands of docs/coming-from-vault.md', has: () => runs('jq', ['--version']) },
  { what: 'openssl', debian: 'openssl', why: 'certificates of the tests', has: () => runs('openssl', ['version']) },
  { what: 'hvac', debian: 'python3-hvac', why: "HashiCorp Vault's Python client", has: () => imports('hvac') },
  { what: 'PyYAML', debian: 'python3-yaml', why: 'a reader of YAML that is not ours', has: () => imports('yaml') },
  { what: 'Telethon', debian: 'python3-telethon', why: 'a Telegram client that is not ours', has: () => imports('telethon') },
  { what: 'prlimit', debian: 'util-linux', why: 'a disk that is full', has: () => runs('prlimit', ['--version']) },
  { what: 'age', debian: 'age', why: 'snapshots that others open', has: () => runs('age', ['--version']) },
  { what: 'script', debian: 'bsdutils', why: 'a terminal for npm start', has: () => runs('script', ['--version']) },
  { what: 'ip', debian: 'iproute2', why: 'networks that can be cut', has: () => runs('ip', ['-V']) },
  { what: 'setpriv', debian: 'util-linux', why: 'etcd processes that end with their parent', has: () => runs('setpriv', ['--version']) },
]

const runs = (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0
const imports = (module) => runs('/usr/bin/python3', ['-c', `import ${module}`])

if (process.argv[2] === 'bench') {
  needs.length = 0
  needs.push({ what: 'wrk', debian: 'wrk', why: 'load', has: () => runs('which', ['wrk']) }, { what: 'taskset', debian: 'util-linux', why: 'one core for each side', has: () => runs('taskset', ['--version']) })
}
let missing = needs.filter(({ has }) => !has())
if (missing.length > 0 && process.getuid?.() === 0 && runs('apt-get', ['--version'])) {
  const packages = [...new Set(missing.map(({ debian }) => debian))]
  process.stderr.write(`installing ${packages.join(', ')} with apt-get …\n`)
  const apt = (...args) => spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  apt('update', '-q')
  apt('install', '-y', '-q', '--no-install-recommends', ...packages)
  missing = needs.filter(({ has }) => !has())
}
if (missing.length > 0) {
  process.stderr.write('This needs what is not on this machine:\n')
  for (const { what, debian, why } of missing) process.stderr.write(`  ${what.padEnd(9)} ${why}\n            on Debian: apt-get install ${debian}\n`)
  process.exit(1)
}

try {
  // One without known holes, which is what everybody should run, and Debian 12's, which many do.
  for (const version of ['3.5', '3.4']) await findEtcd({ version, say: (line) => process.stderr.write(`${line}\n`) })
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}
