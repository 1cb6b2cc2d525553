import type { Static, TSchema } from 'typebox'
import { verbs, type Engine, type Operation, type Operations, type Params, type Path, type Verb } from './engine.js'
import { fill } from './invoke.js'

type PathsOf<E extends Engine> = E['paths'][number]
type Offering<E extends Engine, V extends Verb> =
  Extract<PathsOf<E>, { operations: { [K in V]: unknown } }>['template']
type Declared<E extends Engine, T extends string, V extends Verb> =
  Extract<PathsOf<E>, { template: T }> extends Path<T, infer Ops extends Operations> ? Ops[V] : never

/* eslint-disable @typescript-eslint/no-explicit-any -- an operation of any parameters is matched only to read its types off */
type Input<O> = O extends Operation<any, infer I extends TSchema, any> ? Static<I> : never
type Output<O> = O extends Operation<any, any, infer R extends TSchema> ? Static<R> : never
/* eslint-enable @typescript-eslint/no-explicit-any */

// The input may be left out exactly when an empty one would do.
type Rest<I> = {} extends I ? [input?: I] : [input: I]

type Ask<E extends Engine, V extends Verb> = <T extends Offering<E, V>>(
  template: T,
  params: Params<T>,
  ...input: Rest<Input<Declared<E, T, V>>>
) => Promise<Output<Declared<E, T, V>> | undefined>

/** The typed client of an engine, read off its declaration: no code is generated, nothing can drift. */
export type Client<E extends Engine> = { readonly [V in Verb]: Ask<E, V> }

export type Send = (request: { verb: Verb; path: string; input: Record<string, unknown> }) => Promise<unknown>

/** Wraps any way of sending a request (HTTP, unix socket, in-process) as a typed client. `send` resolves to the answer's data. */
export function client<E extends Engine>(send: Send): Client<E> {
  const ask =
    (verb: Verb) =>
    (template: string, params: Record<string, string>, input: Record<string, unknown> = {}) =>
      send({ verb, path: fill(template, params), input })
  // The mapped type is exactly "each verb asks"; Object.fromEntries cannot say so.
  return Object.fromEntries(verbs.map((verb) => [verb, ask(verb)])) as unknown as Client<E>
}
