import { dice } from '../dice.js'

/** What one of two faults strikes: a member of etcd, a server, or all of etcd. */
export type Target = 'member' | 'server' | 'etcd'

export interface Struckable {
  readonly name: string
  readonly on: Target
}

export interface Planned {
  /** A fault's name. */
  readonly fault: string
  readonly on: Target
  /** Which of the members or servers, from 0. */
  readonly which: number
}

/** Two faults at a time. */
export interface Round {
  readonly faults: readonly [Planned, Planned]
  readonly holdMs: number
}

const counts: Readonly<Record<Target, number>> = { member: 3, server: 2, etcd: 1 }
const [shortestMs, spreadMs] = [1000, 4000]

/** The same rounds again for the same seed and faults. The two of a round never strike the same one. */
export function* schedule(seed: number, faults: readonly Struckable[]): Generator<Round, never> {
  const roll = dice(seed)
  const plan = (): Planned => {
    const { name, on } = faults[roll.below(faults.length)] as Struckable
    return { fault: name, on, which: roll.below(counts[on]) }
  }
  for (;;) {
    const first = plan()
    let second = plan()
    while (second.on === first.on && second.which === first.which) second = plan()
    yield { faults: [first, second], holdMs: shortestMs + roll.below(spreadMs) }
  }
}

const words = ({ fault, on, which }: Planned) => (on === 'etcd' ? fault : `${on} ${which + 1} ${fault}`)

export const nameOf = ({ faults: [first, second] }: Round): string => `${words(first)}, and ${words(second)}`
