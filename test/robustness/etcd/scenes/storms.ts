import { networksAvailable } from '../network.js'
import { schedule } from '../schedule.js'
import { faultOf, openStormy, strikes } from '../storm.js'
import { scene, type Scene } from './scene.js'

/** The first rounds of a seed's schedule: two faults at a time, in random order. */
export function storm(seed: number, rounds: number): Scene {
  const all = schedule(seed, strikes)
  return scene({
    name: `two faults at a time (CHATELAINE_SEED=${seed})`,
    lacks: () => (networksAvailable() ? undefined : 'network namespaces, which take root'),
    open: openStormy,
    faults: Array.from({ length: rounds }, () => faultOf(all.next().value)),
  })
}
