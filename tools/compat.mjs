#!/usr/bin/env node
// Prepares `npm run compat`: other people's newest clients, from registries that `npm test` must not need. A Python environment
// of its own in .cache/compat (PyPI), and the modules of test/compat-newest/go (the Go module proxy). Says what it found, or what is missing.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const place = at('.cache/compat/python')
const python = `${place}/bin/python`

/** Runs a program to its end. Its output is shown only where it fails, with what has to be done. */
function run([program, ...words], { cwd = at('.'), advice }) {
  const { status, stdout, stderr, error } = spawnSync(program, words, { cwd, encoding: 'utf8', maxBuffer: 64 << 20 })
  if (status === 0) return stdout
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error ? `${error.message}\n` : ''}${advice}\n`)
  process.exit(1)
}

const started = (program, ...words) => spawnSync(program, words, { stdio: 'ignore' }).status === 0

const hasVenv = () => started('python3', '-c', 'import venv, ensurepip')
if (!hasVenv() && process.getuid?.() === 0 && started('apt-get', '--version')) {
  run(['apt-get', 'update', '-q'], { advice: 'apt-get could not read its package lists.' })
  run(['apt-get', 'install', '-y', '-q', '--no-install-recommends', 'python3-venv'], { advice: 'python3-venv could not be installed.' })
}
if (!hasVenv()) {
  process.stderr.write('npm run compat needs Python 3.10 or later with venv (on Debian: apt-get install python3-venv).\n')
  process.exit(1)
}
if (!started('go', 'version')) {
  process.stderr.write('npm run compat needs Go 1.25 or later on the PATH, for the API clients of HashiCorp and OpenBao.\n')
  process.exit(1)
}

mkdirSync(at('.cache/compat'), { recursive: true })
if (!existsSync(python)) run(['python3', '-m', 'venv', place], { advice: 'The Python environment could not be made.' })
const wanted = at('test/compat-newest/requirements.txt')
run([python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--upgrade', '--upgrade-strategy', 'eager', '-r', wanted], {
  advice: 'The Python clients could not be installed from PyPI.',
})
const go = at('test/compat-newest/go')
run(['go', 'mod', 'download'], { cwd: go, advice: 'The Go clients could not be downloaded from the module proxy.' })

const names = /^(hvac|telethon|pyyaml|openapi-(spec-validator|python-client))==/i
const frozen = run([python, '-m', 'pip', 'freeze'], { advice: 'pip does not answer.' })
const modules = run(['go', 'list', '-m', 'github.com/hashicorp/vault/api', 'github.com/openbao/openbao/api/v2'], { cwd: go, advice: 'go does not answer.' })
process.stderr.write([...frozen.split('\n').filter((line) => names.test(line)), ...modules.trim().split('\n')].map((line) => `  ${line}\n`).join(''))
