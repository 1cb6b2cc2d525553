import { openStage, type Stage, type StageOptions } from './stage.js'
import { openWire, type Wire } from './wire.js'

/** A stage in which everybody has wires of their own to the members. */
export interface Wired extends Stage {
  /** By who uses them, in the order of the servers, then of the lagging one, then of the trials; one a member each. */
  readonly wires: readonly (readonly Wire[])[]
}

export async function openWired(options: Omit<StageOptions, 'through'> = {}): Promise<Wired> {
  const wires: Wire[][] = []
  const through = async (endpoints: readonly string[]) => {
    const own = await Promise.all(endpoints.map(openWire))
    wires.push(own)
    return own.map(({ endpoint }) => endpoint)
  }
  const closeWires = () => wires.flat().forEach((wire) => wire.close())
  try {
    const stage = await openStage({ ...options, through })
    return { ...stage, wires, close: () => stage.close().finally(closeWires) }
  } catch (error) {
    closeWires()
    throw error
  }
}

/** Every wire of everybody. */
export const allWires = ({ wires }: Wired): readonly Wire[] => wires.flat()
