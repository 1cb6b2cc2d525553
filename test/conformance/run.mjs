#!/usr/bin/env node
// What real Vault servers answered, against ours, where those recordings are at hand: `node test/conformance/run.mjs FOLDER` with the
// folder that holds replay.mjs. Every scenario in passing.json has to pass; differences that are meant stand in accepted.json with their
// reason. Scenarios of what is not built yet are counted and nothing more. `--update` writes passing.json anew.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const [recordings, ...flags] = process.argv.slice(2)
if (!recordings) {
  process.stderr.write('usage: node test/conformance/run.mjs FOLDER [--update]\n')
  process.exit(2)
}

/** The areas of which something is built. */
const areas = ['kv', 'cubbyhole', 'policies', 'mounts', 'wrapping', 'seal', 'sys-other', 'token', 'leases']

const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
const report = join(folder, 'report.json')
const files = areas.map((area) => `${area}.json`)
const { stdout, stderr } = spawnSync(process.execPath, [join(recordings, 'replay.mjs'), `--accept=${here('accepted.json')}`, `--json=${report}`, ...files], { encoding: 'utf8', maxBuffer: 64 << 20 })
process.stderr.write(stderr)
const scenarios = JSON.parse(readFileSync(report, 'utf8'))
rmSync(folder, { recursive: true })

const nameOf = ({ file, title }) => `${file.replace(/\.json$/, '')}: ${title}`
const passing = scenarios.filter(({ hard }) => hard === 0).map(nameOf)
if (flags.includes('--update')) writeFileSync(here('passing.json'), `${JSON.stringify(passing, null, 2)}\n`)

const wanted = JSON.parse(readFileSync(here('passing.json'), 'utf8'))
const failed = wanted.filter((name) => !passing.includes(name))
const blocks = stdout.split(/^(?=DIFF|ok {2}|skip)/m)
for (const name of failed) process.stdout.write(blocks.find((block) => block.startsWith(`DIFF ${name}\n`)) ?? `DIFF ${name}\n       it is not among the recordings\n`)
const more = passing.filter((name) => !wanted.includes(name))
if (more.length > 0) process.stdout.write(`These pass as well and are not in passing.json yet:\n${more.map((name) => `  ${name}\n`).join('')}`)
process.stdout.write(`${scenarios.length - passing.length} scenarios of ${scenarios.length} do not pass yet, of what is not built\n`)
process.stdout.write(`${wanted.length - failed.length} passed, ${failed.length} failed\n`)
process.exitCode = failed.length > 0 ? 1 : 0
