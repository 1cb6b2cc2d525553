import type { AnyOperation, Call, Engine, Path, Verb } from './engine.js'
import { acceptInput, RequestError } from './fields.js'
import { canonical, mendedBy, ruleOf, type Form } from './forms.js'
import { Reply } from './reply.js'

/** A path of an engine that a request leads to, and the words its template caught. */
export interface Found {
  readonly path: Path
  readonly operation: AnyOperation
  /** Each in its declared form. */
  readonly params: Readonly<Record<string, string>>
  /** The one spelling of the address: what a policy judges. */
  readonly address: string
  /** Other addresses of the same thing, which a policy may have denied instead. */
  readonly also: readonly string[]
  /** What to tell somebody who writes here and spelt it otherwise. */
  readonly mended: readonly string[]
}

interface Compiled {
  readonly path: Path
  readonly pattern: RegExp
  readonly forms: readonly (readonly [name: string, form: Form])[]
}

/** An engine's paths, ready to be searched. Compile once per engine, not per request. */
export interface Router {
  /**
   * Throws `unsupportedPath` where no template fits, `unsupportedOperation` where none that fits knows the verb, `badName` where a
   * parameter has no spelling in its form.
   */
  find(verb: Verb, address: string): Found
  /** Every path whose template fits, for help. */
  matching(address: string): readonly Path[]
  /** What a policy judges for an address, whatever is done there: its one spelling first, then its other addresses. */
  judged(address: string): readonly string[]
}

export function router({ paths }: Engine): Router {
  const compiled = paths.map((path): Compiled => {
    const forms = Object.entries((path.options.forms ?? {}) as Readonly<Record<string, Form>>)
    return { path, pattern: pattern(path.template), forms }
  })
  const find = (verb: Verb, address: string): Found => {
    const at = verb === 'list' ? address.replace(/\/$/, '') : address
    let known = false
    for (const one of compiled) {
      const match = fits(one, at, verb)
      if (!match) continue
      const operation = one.path.operations[verb]
      if (!operation) known = true
      else {
        const settled = settle(one, match, address)
        // What it means may be what another template says: `x/tune/` is `x/tune`.
        return settled.address === address ? { path: one.path, operation, ...settled } : { ...find(verb, settled.address), mended: settled.mended }
      }
    }
    throw known ? RequestError.unsupportedOperation() : RequestError.unsupportedPath()
  }
  const judged = (address: string): readonly string[] => {
    for (const one of compiled) {
      const match = one.pattern.exec(address)
      if (!match) continue
      const settled = spelt(one, match, address)
      if ('rule' in settled) return [address]
      return settled.address === address ? [address, ...settled.also] : judged(settled.address)
    }
    return [address]
  }
  return {
    find,
    matching: (address) => compiled.filter(({ pattern }) => pattern.test(address)).map(({ path }) => path),
    judged,
  }
}

/** A folder is listed with or without its slash; anything else that is there at both would be one thing under two names. */
function fits({ pattern }: Compiled, at: string, verb: Verb): RegExpExecArray | undefined {
  const match = pattern.exec(at)
  if (!match) return undefined
  return verb !== 'list' && match.groups && holey(match.groups) ? undefined : match
}

function holey(groups: Readonly<Record<string, string | undefined>>): boolean {
  for (const name in groups) if (groups[name] === undefined) return true
  return false
}

const nowhere: readonly string[] = Object.freeze([])

function settle(one: Compiled, match: RegExpExecArray, address: string): Settled {
  const settled = spelt(one, match, address)
  if ('rule' in settled) throw RequestError.badName(settled)
  return settled
}

type Settled = Pick<Found, 'params' | 'address' | 'also' | 'mended'>

/** What was caught in its canonical form, and the address that says so; or what a parameter would have to be. */
function spelt({ path, forms }: Compiled, match: RegExpExecArray, address: string): Settled | { readonly field: string; readonly rule: string } {
  const params = paramsOf(match)
  let changed = false
  const mended: string[] = []
  for (const [name, form] of forms) {
    const given = params[name] ?? ''
    const only = canonical(form, given)
    if (only === undefined) return { field: name, rule: ruleOf(form) }
    if (only === given) continue
    changed = true
    const told = mendedBy(form)
    if (told !== undefined) mended.push(`${name} ${told}`)
    params[name] = only
  }
  const also = path.options.also?.map((template) => fill(template, params)) ?? nowhere
  if (!changed) return { params, address, also, mended: nowhere }
  return { params, address: fill(path.template, params), also, mended }
}

/** The groups object has no prototype, so a parameter's name cannot be mistaken for anything else. */
function paramsOf({ groups }: RegExpExecArray): Record<string, string> {
  if (!groups) return {}
  for (const name in groups) groups[name] ??= ''
  return groups
}

/** A template with its parameters filled in. */
export const fill = (template: string, params: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)[+*]?\}/g, (_, name: string) => params[name] ?? '')

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

/** A request's input as the operation declares it: checked and converted once, for whoever judges it and for the handler. */
export const accept = ({ operation }: Pick<Found, 'operation'>, given: Readonly<Record<string, unknown>>): unknown =>
  acceptInput(operation.input, given)

/** Calls the handler of what was found, with an input that was accepted. Plain data becomes a Reply. */
export async function run({ operation, params }: Found, call: Omit<Call<unknown, unknown>, 'params'>): Promise<Reply | undefined> {
  const answer: unknown = await operation.handle({ ...call, params })
  if (answer === undefined || answer instanceof Reply) return answer
  return new Reply({ data: answer as Readonly<Record<string, unknown>> })
}
