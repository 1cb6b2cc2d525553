import type { AnyOperation, Call, Engine, Path, Verb } from './engine.js'
import { acceptInput, RequestError } from './fields.js'
import { Reply } from './reply.js'

/** A path of an engine that a request leads to, and the words its template caught. */
export interface Found {
  readonly path: Path
  readonly operation: AnyOperation
  readonly params: Readonly<Record<string, string>>
}

interface Compiled {
  readonly path: Path
  readonly pattern: RegExp
}

/** An engine's paths, ready to be searched. Compile once per engine, not per request. */
export interface Router {
  /** Throws `unsupportedPath` where no template fits, `unsupportedOperation` where none that fits knows the verb. */
  find(verb: Verb, address: string): Found
  /** Every path whose template fits, for help. */
  matching(address: string): readonly Path[]
}

export function router({ paths }: Engine): Router {
  const compiled = paths.map((path): Compiled => ({ path, pattern: pattern(path.template) }))
  return {
    find(verb, address) {
      const at = verb === 'list' ? address.replace(/\/$/, '') : address
      let known = false
      for (const { path, pattern } of compiled) {
        const match = pattern.exec(at)
        if (!match) continue
        const operation = path.operations[verb]
        if (operation) return { path, operation, params: paramsOf(match) }
        known = true
      }
      throw known ? RequestError.unsupportedOperation() : RequestError.unsupportedPath()
    },
    matching: (address) => compiled.filter(({ pattern }) => pattern.test(address)).map(({ path }) => path),
  }
}

const none: Readonly<Record<string, string>> = Object.freeze({})

/** The groups object has no prototype, so a parameter's name cannot be mistaken for anything else. */
function paramsOf({ groups }: RegExpExecArray): Readonly<Record<string, string>> {
  if (!groups) return none
  for (const name in groups) groups[name] ??= ''
  return groups
}

/**
 * `data/{path+}` as a regular expression with one named group for each parameter. A trailing `/{name*}` also fits
 * without its slash, because a listing names a folder with or without one.
 */
export function pattern(template: string): RegExp {
  const spans: Record<string, string> = { '+': '.+', '*': '.*', '': '[^/]+' }
  const source = template.split(/(\/?\{\w+[+*]?\})/).map((piece) => {
    const found = /^(\/?)\{(\w+)([+*]?)\}$/.exec(piece)
    if (!found) return piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const [, slash = '', name = '', span = ''] = found
    const group = `${slash}(?<${name}>${spans[span]})`
    return span === '*' && slash ? `(?:${group})?` : group
  })
  return new RegExp(`^${source.join('')}$`, 's')
}

/** Runs what was found: checks the input against its schema, calls the handler. Plain data becomes a Reply. */
export async function run({ operation, params }: Found, call: Omit<Call<unknown, unknown>, 'params'>): Promise<Reply | undefined> {
  const input = acceptInput(operation.input, call.input as Readonly<Record<string, unknown>>)
  const answer: unknown = await operation.handle({ ...call, params, input })
  if (answer === undefined || answer instanceof Reply) return answer
  return new Reply({ data: answer as Readonly<Record<string, unknown>> })
}
