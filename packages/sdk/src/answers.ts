import type { TSchema } from 'typebox'
import type { AnyOperation, Answers, Path, Verb } from './engine.js'
import type { Reply } from './reply.js'

/** A row for an operation that stands in a table of its own, beside the paths. */
export interface AnswerRow {
  readonly id: string
  readonly output?: TSchema
  readonly answers?: Answers
}

export type AnswerTable = Readonly<Record<string, { readonly [V in Verb]?: AnswerRow }>>

const asks = (verb: Verb) => verb === 'read' || verb === 'list'

/** The statuses that an operation may answer with. Who asks may also find nothing there. */
export function statusesOf(verb: Verb, { output, answers = {} }: AnyOperation): readonly number[] {
  const usual = answers.statuses ?? [asks(verb) || output !== undefined || answers.gives ? 200 : 204]
  return asks(verb) && answers.form !== 'bare' ? [...new Set([...usual, 404])] : usual
}

/** The status of an answer that names none: silence is 404 for who asked and 204 for who told. */
export function statusOf(verb: Verb, given: Pick<Reply, 'fields'> | undefined): number {
  if (!given) return asks(verb) ? 404 : 204
  const { status, data, auth, grant, wrap, verbatim, stream, warnings } = given.fields
  const says = data ?? auth ?? grant ?? wrap ?? verbatim ?? stream ?? (warnings?.length ? warnings : undefined)
  return status ?? (says === undefined ? (asks(verb) ? 404 : 204) : 200)
}

/** The same paths, each operation with its row of `table`. Throws where one has no row, or a row no operation: neither can go unnoticed. */
export function answering<P extends readonly Path[]>(paths: P, table: AnswerTable): P {
  const unused = new Set(Object.entries(table).flatMap(([template, rows]) => Object.keys(rows).map((verb) => `${verb} ${template}`)))
  const joined = paths.map((path) => ({
    ...path,
    operations: Object.fromEntries(
      (Object.entries(path.operations) as [Verb, AnyOperation][]).map(([verb, operation]) => {
        const row = table[path.template]?.[verb]
        if (!row) throw new Error(`nothing says what ${verb} ${path.template} answers`)
        unused.delete(`${verb} ${path.template}`)
        return [verb, { ...operation, ...row }]
      }),
    ),
  }))
  if (unused.size > 0) throw new Error(`answers are declared of what is not there: ${[...unused].join(', ')}`)
  // Each path is what it was, with more said about it.
  return joined as unknown as P
}
