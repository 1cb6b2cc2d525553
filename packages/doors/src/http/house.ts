import type { Admit, Handle, Verb } from '@chatelaine/sdk'
import type { RemoteOf } from './forwarded.js'
import type { Limits } from './limits.js'
import type { Memory } from './memory.js'

/** What an operator may want to know of a door. Never headers, never a body. */
export type DoorEvent =
  /** A failure that is in no catalogue: its caller was told `internal error` and nothing more. */
  | {
      readonly kind: 'bug'
      readonly error: unknown
      readonly verb?: Verb | undefined
      readonly path?: string | undefined
    }
  /** Bytes that never became a request. */
  | { readonly kind: 'refused'; readonly code: string; readonly address?: string | undefined }

/** What all exchanges of one door share. */
export interface House {
  readonly handle: Handle
  /** Asked before a body is read, where it is not small or nobody answers for it. */
  readonly admit: Admit
  readonly memory: Memory
  readonly limits: Limits
  readonly log: (event: DoorEvent) => void
  readonly requireRequestHeader: boolean
  /** Headers of every answer with this status, names and values in turn. */
  readonly common: (status: number) => readonly string[]
  readonly remoteOf: RemoteOf
  /**
   * Resolves when the event loop has looked at every socket that was ready. Answers that became ready meanwhile then leave
   * one right after the other: a write that wakes a sleeping client is dear, and the writes behind it find it awake.
   */
  turnEnd(): Promise<void>
  /** The door is closing: each connection's next answer is its last. */
  closing: boolean
}

/** One promise for all who ask within the same turn of the event loop. */
export function turns(): () => Promise<void> {
  let end: Promise<void> | undefined
  return () =>
    (end ??= new Promise((resolve) => {
      setImmediate(() => {
        end = undefined
        resolve()
      })
    }))
}
