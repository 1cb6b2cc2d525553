/** Headers that an operator adds to answers: under `default`, a class such as `2xx`, or a status such as `404`. */
export type ResponseHeaders = Readonly<Record<string, readonly (readonly [name: string, value: string])[]>>

/** Headers of every answer with a status, names and values in turn. The more exact group wins over the wider one, and all over our own. */
export function headersByStatus(own: readonly (readonly [name: string, value: string])[], added: ResponseHeaders = {}): (status: number) => readonly string[] {
  const known = new Map<number, readonly string[]>()
  return (status) => {
    const made = known.get(status)
    if (made) return made
    const groups = [own, added['default'], added[`${Math.floor(status / 100)}xx`], added[String(status)]]
    const merged = new Map(groups.flatMap((group) => (group ?? []).map(([name, value]) => [name.toLowerCase(), [name, value]] as const)))
    const headers = [...merged.values()].flat()
    known.set(status, headers)
    return headers
  }
}
