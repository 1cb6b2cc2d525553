import type { Exposition } from '@chatelaine/core'
import type { Measure } from '@chatelaine/sdk'
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'

/**
 * Figures in Prometheus's text format: those that are handed over, and those of this process. Each exposition has registries of
 * its own, so that several servers of one process do not mix.
 */
export function prometheus(): Exposition {
  // Watching the process has a price, which a server that nobody asks does not pay.
  let process: Registry | undefined
  return {
    async text(measures) {
      process ??= watched(new Registry())
      const given = new Registry()
      for (const [name, rows] of byName(measures)) fill(given, name, rows)
      return `${await given.metrics()}${await process.metrics()}`
    },
  }
}

function watched(register: Registry): Registry {
  collectDefaultMetrics({ register })
  return register
}

function byName(measures: readonly Measure[]): ReadonlyMap<string, readonly Measure[]> {
  const rows = new Map<string, Measure[]>()
  for (const measure of measures) rows.set(measure.name, [...(rows.get(measure.name) ?? []), measure])
  return rows
}

/** Figures of one name are one family and have the same labels. */
function fill(registry: Registry, name: string, rows: readonly Measure[]): void {
  const [first] = rows
  if (!first) return
  const family = { name, help: first.help, labelNames: Object.keys(first.labels ?? {}), registers: [registry] }
  if (first.kind === 'counter') {
    const counter = new Counter(family)
    for (const { labels, value } of rows) counter.inc({ ...labels }, value)
  } else {
    const gauge = new Gauge(family)
    for (const { labels, value } of rows) gauge.set({ ...labels }, value)
  }
}
