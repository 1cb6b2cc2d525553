import { Value } from 'typebox/value'
import type { TSchema } from 'typebox'
import { statusesOf, statusOf } from '../answers.js'
import type { AnyOperation, Engine, Path, Verb } from '../engine.js'
import { parseJson, stringifyJson } from '../json.js'
import { Reply } from '../reply.js'

/**
 * The same engine, whose handlers fail when they answer otherwise than they are declared to: another status, another form, data that
 * does not fit, a token that was not spoken of. Tests run engines so; a server does not pay for it.
 */
export function judged<E extends Engine>(engine: E): E {
  const paths = engine.paths.map((path) => ({
    ...path,
    operations: Object.fromEntries(
      (Object.entries(path.operations) as [Verb, AnyOperation][]).map(([verb, operation]) => [verb, judgedOperation(path, verb, operation)]),
    ),
  }))
  return { ...engine, paths }
}

function judgedOperation({ template }: Path, verb: Verb, operation: AnyOperation): AnyOperation {
  return {
    ...operation,
    handle: async (call: Parameters<AnyOperation['handle']>[0]) => {
      const answer: unknown = await operation.handle(call)
      const given = answer === undefined || answer instanceof Reply ? answer : new Reply({ data: answer as Record<string, unknown> })
      const problem = problemOf(verb, operation, given)
      if (problem) throw new Error(`${verb} ${template} ${problem}`)
      return answer
    },
  }
}

function problemOf(verb: Verb, operation: AnyOperation, given: Reply | undefined): string | undefined {
  const { output, answers = {} } = operation
  const status = statusOf(verb, given)
  const declared = statusesOf(verb, operation)
  if (!declared.includes(status) && !answers.statusChosen) return `answered ${status} and declares ${declared.join(', ')}`
  if (!given) return undefined
  const { data, form, auth, grant, wrap, verbatim, stream } = given.fields
  const formed = stream ? 'bytes' : (form ?? 'envelope')
  const says = data ?? stream
  if (verbatim === undefined && says !== undefined && formed !== (answers.form ?? 'envelope')) return `answered in the form ${formed} and declares ${answers.form ?? 'envelope'}`
  if ((auth || grant) && answers.gives !== 'auth') return 'gave out a token and does not declare it'
  if (wrap && answers.gives !== 'wrap') return 'gave out a wrapping token and does not declare it'
  if (data === undefined || verbatim !== undefined || status >= 400) return undefined
  return output ? mismatch(output as TSchema, data) : 'answered with data and declares no output'
}

/** What of `data`, as it goes over the wire, does not fit `output`. A field that is not declared does not fit either. */
function mismatch(output: TSchema, data: Readonly<Record<string, unknown>>): string | undefined {
  const sent = parseJson(stringifyJson(data)) as Record<string, unknown>
  const { properties } = output as { properties?: object }
  const odd = properties && Object.keys(sent).find((name) => !Object.hasOwn(properties, name))
  if (odd !== undefined) return `answered with the field ${odd} and does not declare it`
  if (Value.Check(output, plain(sent))) return undefined
  const [first] = Value.Errors(output, plain(sent))
  return `answered with data that does not fit its output: ${first?.instancePath ?? ''} ${first?.message ?? ''}`
}

/** Numbers that keep their literal, as the numbers they are. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('literal' in value) return Number(value.literal)
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}
