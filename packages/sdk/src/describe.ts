import type { TSchema } from 'typebox'
import type { AnyOperation, Engine, Path, Verb } from './engine.js'
import { fieldsOf } from './fields.js'

const methods = { read: 'get', list: 'get', write: 'post', patch: 'patch', delete: 'delete' } as const

const operationsOf = ({ operations }: Path) => Object.entries(operations) as [Verb, AnyOperation][]

/** The OpenAPI paths of `engine` mounted at `mount` (no trailing slash). As in Vault, a list is a GET with a trailing slash. */
export function openapi(mount: string, engine: Engine): Record<string, Record<string, unknown>> {
  const doc: Record<string, Record<string, unknown>> = {}
  for (const path of engine.paths) {
    for (const [verb, operation] of operationsOf(path)) {
      const address = `/${mount}/${path.template.replace(/[+*]\}/g, '}')}${verb === 'list' ? '/' : ''}`
      const flags = {
        ...(path.options.unauthenticated && { 'x-vault-unauthenticated': true }),
        ...(path.options.sudo && { 'x-vault-sudo': true }),
      }
      doc[address] = { description: path.help, ...flags, ...doc[address], [methods[verb]]: describe(path, verb, operation) }
    }
  }
  return doc
}

function describe({ template }: Path, verb: Verb, operation: AnyOperation) {
  const { summary, input, output } = operation
  const json = (schema: TSchema) => ({ content: { 'application/json': { schema } } })
  const inBody = verb === 'write' || verb === 'patch'
  const inPath = [...template.matchAll(/\{(\w+)/g)].map(([, name]) => ({
    name, in: 'path', required: true, schema: { type: 'string' },
  }))
  const inQuery = inBody ? [] : fieldsOf(input).map(([name, schema]) => ({ name, in: 'query', schema }))
  const asked = verb === 'list' ? [{ name: 'list', in: 'query', required: true, schema: { type: 'string', enum: ['true'] } }] : []
  return {
    summary,
    parameters: [...inPath, ...inQuery, ...asked],
    ...(inBody && input && { requestBody: json(input) }),
    responses: { [output || !inBody ? 200 : 204]: { description: 'OK', ...(output && json(output)) } },
  }
}

/** What `path-help` prints for an engine as a whole. */
export const engineHelp = ({ help, paths }: Engine): string =>
  ['## DESCRIPTION', '', help, '', '## PATHS', '', ...paths.flatMap((path) => [`    ^${path.template}$`, `        ${path.help}`, ''])].join('\n')

/** What `path-help` prints for one address: each verb, its summary and its fields. */
export function pathHelp(address: string, paths: readonly Path[]): string {
  const lines = paths.flatMap((path) =>
    operationsOf(path).flatMap(([verb, operation]) => [
      `    ${verb} ${path.template}`,
      `        ${operation.summary}`,
      ...fieldsOf(operation.input).map(([name, shape]) => `        ${name} (${shape.vault ?? shape.type ?? 'any'}): ${shape.description ?? ''}`),
    ]),
  )
  return [`Request:        ${address}`, '', '## DESCRIPTION', '', ...paths.map(({ help }) => `    ${help}`), '', '## OPERATIONS', '', ...lines, ''].join('\n')
}
