import type { Fault } from '../faults.js'
import type { FaultReport } from '../report.js'
import { runFault, type RunOptions } from '../run-fault.js'
import type { Stage } from '../stage.js'

/** A stage of a certain kind, and the faults it is for. */
export interface Scene {
  readonly name: string
  readonly faults: readonly string[]
  /** What this machine would have to have for it; undefined where it has all. */
  lacks(): string | undefined
  open(): Promise<OpenScene>
}

export interface OpenScene {
  run(fault: string, options: RunOptions): Promise<FaultReport>
  close(): Promise<void>
}

interface SceneParts<S extends Stage> {
  readonly name: string
  readonly lacks?: () => string | undefined
  readonly faults: readonly Fault<S>[]
  readonly open: () => Promise<S>
}

export const scene = <S extends Stage>({ name, lacks = () => undefined, faults, open }: SceneParts<S>): Scene => ({
  name,
  faults: faults.map((fault) => fault.name),
  lacks,
  async open() {
    const stage = await open()
    return {
      run: (wanted, options) => runFault(stage, faults.find((fault) => fault.name === wanted) as Fault<S>, options),
      close: () => stage.close(),
    }
  },
})
