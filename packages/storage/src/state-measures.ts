import type { Measure, StorageHealth } from '@chatelaine/sdk'

const states: readonly StorageHealth['state'][] = ['ok', 'slow', 'no_space', 'stopped', 'no_quorum', 'rewound']

/** The state of any storage, as figures: 1 at the one it is in. */
export const stateMeasures = ({ state: now }: StorageHealth): Measure[] =>
  states.map((state) => ({
    name: 'chatelaine_storage_state',
    help: 'Which state the storage is in: 1 at the one it is in.',
    kind: 'gauge',
    value: state === now ? 1 : 0,
    labels: { state },
  }))
