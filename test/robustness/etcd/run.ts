import { Console } from 'node:console'
import { writeFileSync } from 'node:fs'
import { passed, rowsOf, type FaultReport } from './report.js'
import { scenes, type Scene } from './scenes.js'

const holdMs = 5000

/**
 * Every fault under load, one table for all, and what is wrong below it. With a word, only the faults that have it in their name.
 * Resolves with the exit code: 1 when a promise was broken or a limit passed.
 */
export async function main([word = '', jsonFile]: readonly string[]): Promise<number> {
  const reports: FaultReport[] = []
  const wrong: string[] = []
  for (const scene of scenes) {
    const lacking = scene.lacks()
    if (lacking) say(`left out: ${scene.name} (this machine lacks ${lacking})`)
    else await play(scene, word, reports).catch((error: unknown) => wrong.push(`${scene.name}: ${String(error)}`))
  }
  if (jsonFile) writeFileSync(jsonFile, JSON.stringify(reports, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value), 2))
  new Console(process.stdout).table(reports.flatMap(rowsOf))
  for (const report of reports) wrong.push(...[...report.broken, ...passed(report)].map((line) => `${report.fault}: ${line}`))
  say(wrong.length > 0 ? wrong.join('\n') : 'every limit was kept')
  return wrong.length > 0 ? 1 : 0
}

/** What comes after a fault that did not end well would tell nothing. */
async function play(scene: Scene, word: string, reports: FaultReport[]): Promise<void> {
  const wanted = scene.faults.filter((name) => name.includes(word))
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

const say = (line: string) => void process.stdout.write(`${line}\n`)
