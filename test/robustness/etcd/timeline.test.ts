import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Timeline } from './timeline.js'

/** `performance.now()`, which a test moves. */
const at = (ms: number) => vi.spyOn(performance, 'now').mockReturnValue(ms)

describe('a timeline', () => {
  let timeline: Timeline
  beforeEach(() => void (timeline = new Timeline()))
  afterEach(() => void vi.restoreAllMocks())

  const succeed = (...times: readonly number[]) =>
    times.forEach((time) => {
      at(time)
      timeline.succeeded('read')
    })

  it('measures the longest gap, also where it began before', () => {
    succeed(10, 20, 90, 100, 130)

    expect(timeline.longestGap('read', 50, 125)).toEqual({ ms: 70, at: -30 })
    expect(timeline.longestGap('read', 95, 125)).toEqual({ ms: 25, at: 5 })
  })

  it('counts what had not ended at the end', () => {
    succeed(10, 20)

    expect(timeline.longestGap('read', 15, 500)).toEqual({ ms: 480, at: 5 })
    expect(timeline.longestGap('write', 15, 500)).toEqual({ ms: 485, at: 0 })
    expect(timeline.firstSuccess('read', 15)).toBe(5)
    expect(timeline.firstSuccess('read', 30)).toBe(Infinity)
    expect(timeline.count('read', 10)).toBe(1)
  })

  it('tells silence from a refusal', () => {
    at(20)
    timeline.refused(503, 5, 'no')
    at(30)
    timeline.refused('lost', 1)
    at(99)
    timeline.refused(503, 98)

    expect(timeline.refusals(10, 50)).toEqual({ statuses: { 503: 1, lost: 1 }, slowestMs: 15, slowestSaid: 'no', firstMs: 10 })
  })
})
