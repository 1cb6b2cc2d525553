import { until } from '../processes.js'

/** One promise put to the test while faults happen. */
export interface Trial {
  /** Lets everybody finish, looks at everything once more when all is well, and says what is wrong. The same again when it is called again. */
  stop(): Promise<TrialReport>
}

export interface TrialReport {
  readonly name: string
  readonly operations: number
  readonly broken: readonly string[]
}

export interface TrialParts<Worker> {
  readonly name: string
  readonly workers: readonly Worker[]
  /** What a worker does over and over. */
  readonly step: (worker: Worker, i: number) => Promise<void>
  readonly pauseMs: number
  /** When all is well again and nobody works any more. */
  readonly judge: () => Promise<Omit<TrialReport, 'name'>>
  readonly close: () => unknown
}

const most = 5

export function startTrial<Worker>({ name, workers, step, pauseMs, judge, close }: TrialParts<Worker>): Trial {
  let stopped = false
  const work = async (worker: Worker) => {
    for (let i = 0; !stopped; i++) {
      await step(worker, i)
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
  const done = Promise.allSettled(workers.map(work))
  const finish = async () => {
    stopped = true
    try {
      const failed = (await done).find((result) => result.status === 'rejected')
      if (failed) throw failed.reason
      const { operations, broken } = await judge()
      return { name, operations, broken: broken.slice(0, most).map((line) => `${name}: ${line}`) }
    } finally {
      await close()
    }
  }
  let finished: Promise<TrialReport> | undefined
  return { stop: () => (finished ??= finish()) }
}

interface AtPlace {
  /** The server that a worker asks. */
  readonly place: string
}

/** Has every key looked at once at every server, the workers of a server sharing them. */
export async function atEveryPlace<Worker extends AtPlace>(workers: readonly Worker[], keys: Iterable<string>, look: (worker: Worker, key: string) => Promise<boolean>): Promise<void> {
  const all = [...keys]
  await Promise.all(
    workers.map(async (worker) => {
      const colleagues = workers.filter(({ place }) => place === worker.place)
      for (let i = colleagues.indexOf(worker); i < all.length; i += colleagues.length) {
        const key = all[i] as string
        await until(`${key} can be read at ${worker.place}`, () => look(worker, key))
      }
    }),
  )
}

/** Names that are in use for a while and are then never touched before the end: what a node remembers of them wrongly is then found. */
export function generations(prefix: string, lastMs: number): () => string {
  const begun = performance.now()
  return () => `${prefix}/${Math.floor((performance.now() - begun) / lastMs)}`
}
