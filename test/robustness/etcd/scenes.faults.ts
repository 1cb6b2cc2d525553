import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FaultReport } from './report.js'
import { scenes, type OpenScene } from './scenes.js'

const here = scenes.filter((scene) => scene.lacks() === undefined)

/** Time limits are for `npm run robustness`: here it counts only that nothing is ever wrong, and that all is well again. */
describe.each(here.map((scene) => [scene.name, scene] as const))('%s', (_, scene) => {
  let open: OpenScene
  beforeAll(async () => void (open = await scene.open()))
  afterAll(() => open.close())

  it.each(scene.faults)('%s: nothing acknowledged is lost, nothing stale is read, and all is well again', { timeout: 300_000 }, async (name) => {
    const report = await open.run(name, { holdMs: 1000 })

    expect(report.broken).toEqual([])
    expect(judged(report)).toEqual({ violated: [], undecided: [], staleReads: 0, lostWrites: 0 })
    expect(report.tokens.revoked + report.tokens.usedOnce + report.tokens.expired).toBeGreaterThan(0)
  })
})

const judged = ({ judgement: { violated, undecided }, staleReads, lostWrites }: FaultReport) => ({ violated, undecided, staleReads, lostWrites })

it('leaves out only what this machine cannot have', () => {
  const left = scenes.filter((scene) => scene.lacks() !== undefined)

  expect(left.every((scene) => /root/.test(scene.lacks() ?? ''))).toBe(true)
  expect(here.length).toBeGreaterThan(2)
})
