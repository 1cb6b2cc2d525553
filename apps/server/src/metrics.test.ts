import { describe, expect, it } from 'vitest'
import { prometheus } from './metrics.js'

describe('figures for Prometheus', () => {
  it('are written with their help, their kind and their labels, one family for each name', async () => {
    const text = await prometheus().text([
      { name: 'vault_core_unsealed', help: 'Whether it is.', kind: 'gauge', value: 1 },
      { name: 'runs_total', help: 'Runs.', kind: 'counter', value: 3, labels: { chore: 'expire' } },
      { name: 'runs_total', help: 'Runs.', kind: 'counter', value: 0, labels: { chore: 'a "b"\n' } },
    ])

    expect(text).toContain('# HELP vault_core_unsealed Whether it is.\n# TYPE vault_core_unsealed gauge\nvault_core_unsealed 1\n')
    expect(text).toContain('# TYPE runs_total counter\nruns_total{chore="expire"} 3\nruns_total{chore="a \\"b\\"\\n"} 0\n')
    expect(text).toContain('process_cpu_seconds_total')
  })

  it('are those of now each time, and one server\'s are not another\'s', async () => {
    const [one, other] = [prometheus(), prometheus()]
    const measure = { name: 'n_total', help: 'N.', kind: 'counter', value: 5 } as const
    await one.text([measure])

    expect(await one.text([measure])).toContain('n_total 5\n')
    expect(await other.text([])).not.toContain('n_total')
  })
})
