import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FaultReport } from './report.js'
import { scenes } from './scenes/index.js'
import type { OpenScene } from './scenes/scene.js'
import { storm } from './scenes/storms.js'

const seed = Number(process.env.CHATELAINE_SEED ?? randomInt(2 ** 31))
const all = [...scenes, storm(seed, 4)]
const here = all.filter((scene) => scene.lacks() === undefined)

/** What `npm run robustness` plays, shorter. Its time limits do not count here: only that nothing is ever wrong, and that all is well again. */
describe.each(here.map((scene) => [scene.name, scene] as const))('%s', (_, scene) => {
  let open: OpenScene
  beforeAll(async () => void (open = await scene.open()), 300_000)
  afterAll(() => open?.close())

  it.each(scene.faults)('%s: nothing acknowledged is lost, nothing stale is read, and all is well again', { timeout: 900_000 }, async (name) => {
    const report = await open.run(name, { holdMs: 1000, clients: 6 })

    expect(report.broken).toEqual([])
    expect(judged(report)).toEqual({ violated: [], undecided: [], staleReads: 0, lostWrites: 0 })
    expect(report.tokens.revoked + report.tokens.usedOnce + report.tokens.expired).toBeGreaterThan(0)
    expect(report.trials.filter(({ operations }) => operations === 0)).toEqual([])
    expect(report.laggingReads).toBeGreaterThan(0)
  })
})

const judged = ({ judgement: { violated, undecided }, staleReads, lostWrites }: FaultReport) => ({ violated, undecided, staleReads, lostWrites })

it('leaves out only what this machine cannot have', () => {
  const left = all.filter((scene) => scene.lacks() !== undefined)

  expect(left.every((scene) => /root/.test(scene.lacks() ?? ''))).toBe(true)
  expect(here.length).toBeGreaterThan(4)
})
