import { path, reply, type Measure } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import { CoreError } from '../errors.js'
import type { SysContext } from './context.js'

const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** `sys/metrics`: figures for who watches. No label holds a secret, a path or a token. */
export const metricsPaths = ({ node, clock }: SysContext) => [
  path('metrics', 'Figures about this node and its storage.').read({
    summary: 'Read them; format=prometheus gives its text format.',
    input: T.Object({ format: T.Optional(T.String({ description: 'prometheus; JSON if left out.' })) }),
    handle: async ({ input }) => {
      const measures = await node.measures()
      if (input.format !== 'prometheus') return reply({ data: summary(measures, clock.now()), form: 'bare' })
      if (!node.exposition) throw CoreError.noPrometheus()
      return reply({ status: 200, verbatim: await node.exposition.text(measures), headers: { 'Content-Type': contentType } })
    },
  }),
]

/** The form Vault gives figures in. */
function summary(measures: readonly Measure[], now: Date): Record<string, unknown> {
  const gauges = measures.filter(({ kind }) => kind === 'gauge')
  const counters = measures.filter(({ kind }) => kind === 'counter')
  return {
    Timestamp: `${now.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`,
    Gauges: gauges.map(({ name, value, labels }) => ({ Name: name, Value: value, Labels: { ...labels } })),
    Points: [],
    Counters: counters.map(({ name, value, labels }) => ({ Name: name, Count: value, Rate: 0, Sum: value, Min: 0, Max: 0, Mean: 0, Stddev: 0, Labels: { ...labels } })),
    Samples: [],
  }
}
