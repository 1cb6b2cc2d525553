import { ClientError } from './errors.js'
import type { Answer, Question } from './question.js'

/** How often and how patiently to ask again. */
export interface Patience {
  /** Further attempts after the first. */
  readonly retries: number
  /** The first wait in milliseconds; each further one is twice as long. */
  readonly wait: number
  readonly longest: number
}

export const usualPatience: Patience = { retries: 2, wait: 250, longest: 5_000 }

/** Chance and the passing of time, as arguments so that a test decides both. */
export interface Pace {
  readonly random: () => number
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

/**
 * Milliseconds until the question may be asked again, or undefined when asking twice could do the thing twice. A refusal by 412
 * or 429 and a connection never made have changed nothing; a lost connection or a 5xx may have, so only reads are repeated.
 */
export function waitBefore(outcome: Answer | unknown, question: Question, attempt: number, pace: Pace & Patience): number | undefined {
  const reading = question.verb === 'read' || question.verb === 'list'
  const { status, retryAfter } = isAnswer(outcome) ? outcome : { status: 0, retryAfter: undefined }
  const harmless =
    ClientError.unreachable.is(outcome) || status === 412 || status === 429 ||
    (reading && (ClientError.broken.is(outcome) || (status >= 500 && status !== 501)))
  if (!harmless || attempt >= pace.retries) return undefined
  if (retryAfter !== undefined) return Math.min(retryAfter * 1000, pace.longest * 12)
  return Math.min(pace.wait * 2 ** attempt, pace.longest) * (0.5 + pace.random())
}

const isAnswer = (outcome: unknown): outcome is Answer =>
  typeof outcome === 'object' && outcome !== null && 'retryAfter' in outcome

/** Waits, or rejects with the signal's reason as soon as it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
    const stop = () => {
      done()
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      done()
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop)
  })
}

export const usualPace: Pace = { random: Math.random, sleep }
