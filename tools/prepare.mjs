#!/usr/bin/env node
// What the tests need beside npm's packages: other people's clients and tools. Installs Debian's where it can, and says
// exactly what is missing where it cannot.
import { spawnSync } from 'node:child_process'

const needs = [
  { what: 'flock', debian: 'util-linux', why: 'the lock of the embedded store', has: () => runs('flock', ['--version']) },
  { what: 'curl', debian: 'curl', why: 'the README\'s own commands', has: () => runs('curl', ['--version']) },
  { what: 'openssl', debian: 'openssl', why: 'certificates of the tests', has: () => runs('openssl', ['version']) },
  { what: 'hvac', debian: 'python3-hvac', why: "HashiCorp Vault's Python client", has: () => imports('hvac') },
  { what: 'Telethon', debian: 'python3-telethon', why: 'a Telegram client that is not ours', has: () => imports('telethon') },
  { what: 'prlimit', debian: 'util-linux', why: 'a disk that is full', has: () => runs('prlimit', ['--version']) },
  { what: 'script', debian: 'bsdutils', why: 'a terminal for npm start', has: () => runs('script', ['--version']) },
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
