import { randomInt } from 'node:crypto'
import { Console } from 'node:console'
import { writeFileSync } from 'node:fs'
import { networksAvailable } from './network.js'
import { passed, rowsOf, type FaultReport } from './report.js'
import { runFault } from './run-fault.js'
import { schedule, nameOf } from './schedule.js'
import { scenes } from './scenes/index.js'
import type { Scene } from './scenes/scene.js'
import { faultOf, openStormy, strikes } from './storm.js'
import { wordsIn } from './words.js'

const holdMs = 5000

/** What was found of all faults, and what is wrong beside them. */
interface Findings {
  readonly reports: FaultReport[]
  readonly wrong: string[]
}

/**
 * Every fault under load, one table for all, and what is wrong below it. With words between commas, only the faults that have one of them in their name. With
 * `-seed=N` or `-minutes=M` two faults at a time instead, in an order that the seed decides. Resolves with the exit code: 1 when a promise
 * was broken or a limit passed.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const { word, json, seed, minutes } = wordsIn(argv)
  const found: Findings = { reports: [], wrong: [] }
  if (seed !== undefined || minutes !== undefined) await playStorm(seed ?? randomInt(2 ** 31), minutes ?? 5, found)
  else await playAll(word, found)
  if (json !== undefined) writeFileSync(json, JSON.stringify(found.reports, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value), 2))
  new Console(process.stdout).table(found.reports.flatMap(rowsOf))
  for (const report of found.reports) found.wrong.push(...[...report.broken, ...passed(report)].map((line) => `${report.fault}: ${line}`))
  say(found.wrong.length > 0 ? found.wrong.join('\n') : 'every limit was kept')
  return found.wrong.length > 0 ? 1 : 0
}

async function playAll(word: string, { reports, wrong }: Findings): Promise<void> {
  for (const scene of scenes) {
    const lacking = scene.lacks()
    if (lacking) say(`left out: ${scene.name} (this machine lacks ${lacking})`)
    else await play(scene, word, reports).catch((error: unknown) => wrong.push(`${scene.name}: ${String(error)}`))
  }
}

/** What comes after a fault that did not end well would tell nothing. */
async function play(scene: Scene, word: string, reports: FaultReport[]): Promise<void> {
  const wanted = scene.faults.filter((name) => word.split(',').some((one) => name.includes(one)))
  if (wanted.length === 0) return
  const open = await scene.open()
  try {
    for (const fault of wanted) {
      say(`${fault} …`)
      reports.push(await open.run(fault, { holdMs }))
    }
  } finally {
    await open.close()
  }
}

/** Rounds of the seed's schedule until the time is over, or something is wrong. The same seed gives the same rounds. */
async function playStorm(seed: number, minutes: number, { reports, wrong }: Findings): Promise<void> {
  say(`two faults at a time for ${minutes} minutes; again with: npm run robustness -- -seed=${seed} -minutes=${minutes}`)
  if (!networksAvailable()) return void wrong.push('this takes network namespaces, and so root')
  const end = performance.now() + minutes * 60_000
  const stage = await openStormy()
  try {
    for (const round of schedule(seed, strikes)) {
      if (performance.now() >= end || reports.some(({ broken }) => broken.length > 0)) break
      say(`${reports.length + 1}: ${nameOf(round)} …`)
      reports.push(await runFault(stage, faultOf(round), { holdMs: round.holdMs }))
    }
  } catch (error) {
    wrong.push(`round ${reports.length + 1} of seed ${seed}: ${String(error)}`)
  } finally {
    await stage.close()
  }
}

const say = (line: string) => void process.stdout.write(`${line}\n`)
