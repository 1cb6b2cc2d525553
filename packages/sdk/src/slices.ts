/**
 * Work in pieces. A `yield` stands wherever other work may come between, and between two of them stands a bounded amount: some
 * tens of kilobytes, or some hundreds of values.
 */
export type Sliced<T> = Generator<void, T>

interface Job {
  /** Does one piece. False when there is no more. */
  step(): boolean
}

/** The next turn of the event loop. Other runtimes than Node have only timers. */
const nextTurn: (run: () => void) => unknown = typeof setImmediate === 'function' ? setImmediate : (run) => setTimeout(run, 0)

/** How long work in pieces holds the event loop before sockets and timers are looked at again. */
const turnMs = 4

/**
 * The one thread of this process, as far as long work has it. All who have such work stand in one queue and take turns piece
 * by piece, so that neither one of them nor twenty keep a short request waiting longer than for one turn. It is one for the whole
 * process because the thread is: two queues would each give out what there is once.
 */
class Queue {
  readonly #jobs: Job[] = []
  #running = false

  add(job: Job): void {
    this.#jobs.push(job)
    if (this.#running) return
    this.#running = true
    nextTurn(this.#turn)
  }

  readonly #turn = (): void => {
    const end = performance.now() + turnMs
    do {
      const job = this.#jobs.shift()
      if (!job) break
      if (job.step()) this.#jobs.push(job)
    } while (performance.now() < end)
    this.#running = this.#jobs.length > 0
    if (this.#running) nextTurn(this.#turn)
  }
}

const queue = new Queue()

/** Does `work` piece by piece, in turns with all other such work, and resolves with what it returns. */
export function inSlices<T>(work: Sliced<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const step = (): boolean => {
      try {
        const { done, value } = work.next()
        if (done) resolve(value)
        return !done
      } catch (error) {
        reject(error)
        return false
      }
    }
    queue.add({ step })
  })
}

/** `work` as one piece, for whoever knows that it must be done whole. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}
