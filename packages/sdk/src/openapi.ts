import type { TSchema } from 'typebox'
import { statusesOf } from './answers.js'
import type { AnyOperation, Engine, Path, Verb } from './engine.js'
import { fieldsOf } from './fields.js'
import { components, successOf } from './openapi-envelope.js'
import { openapiSchema, type OpenApiSchema } from './openapi-schema.js'

/** A mount, as far as the document is about it. */
export interface DocumentedMount {
  /** As requests spell it, with or without its trailing slash. */
  readonly address: string
  readonly engine: Engine
  /** Vault's own tags: `system`, `secrets`, `auth`, `identity`. */
  readonly tag: string
}

const methods = { read: 'get', list: 'get', write: 'post', patch: 'patch', delete: 'delete' } as const
const openapiVersion = '3.0.2'

/**
 * The OpenAPI document of some mounts, all of it from their declarations. As in Vault, a list is a GET with a trailing slash. Two mounts of
 * one type have the same operations, and an id may stand there once: the later ones say where they are mounted.
 */
export function openapiDocument(mounts: readonly DocumentedMount[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  const ids = new Set<string>()
  for (const mount of mounts) {
    for (const path of mount.engine.paths) if (!path.options.undocumented) addPath(paths, ids, { mount, path })
  }
  const info = { title: 'Chatelaine', description: 'HashiCorp Vault compatible API.', version }
  return { openapi: openapiVersion, info, servers: [{ url: '/v1' }], paths, components }
}

interface Place {
  readonly mount: DocumentedMount
  readonly path: Path
}

function addPath(paths: Record<string, Record<string, unknown>>, ids: Set<string>, { mount, path }: Place): void {
  const flags = {
    ...(path.options.unauthenticated && { 'x-vault-unauthenticated': true }),
    ...(path.options.sudo && { 'x-vault-sudo': true }),
  }
  for (const [verb, operation] of Object.entries(path.operations) as [Verb, AnyOperation][]) {
    for (const { address, id } of addressesOf(mount, path, verb, operation)) {
      // As in the router, the earlier of two paths that fit is the one that serves.
      if (paths[address]?.[methods[verb]]) continue
      const operationId = unique(ids, id, mount.address)
      const described = { ...describe(address, path, verb, operation), operationId, tags: [mount.tag] }
      paths[address] = { description: path.help, ...flags, ...paths[address], [methods[verb]]: described }
    }
  }
}

/** Where an operation is found. A listing of all there is has an address of its own, because no parameter of a path may be empty. */
function addressesOf({ address, engine }: DocumentedMount, { template }: Path, verb: Verb, operation: AnyOperation) {
  const base = `/${address.replace(/\/$/, '')}`
  const id = operation.id ?? idOf(engine.type, template, verb)
  const full = `${base}/${template.replace(/[+*]\}/g, '}')}`
  if (verb !== 'list') return [{ address: full, id }]
  const found = /^(.*)\{\w+\*\}$/.exec(template)
  const all = found && { address: `${base}/${found[1] ?? ''}`, id: id.replace(/-(path|with-prefix)$/, '') === id ? `${id}-root` : id.replace(/-(path|with-prefix)$/, '') }
  return [...(all ? [all] : []), { address: `${full}/`, id }]
}

/** `telegram-read-role-name`: for operations of engines that Vault does not have. */
const idOf = (type: string, template: string, verb: Verb) => [type, verb, ...(template.match(/\w+/g) ?? [])].join('-').toLowerCase()

function unique(ids: Set<string>, id: string, address: string): string {
  const placed = `${id}-at-${address.replace(/\W+/g, '-').replace(/^-|-$/g, '')}`
  let name = ids.has(id) ? placed : id
  for (let n = 2; ids.has(name); n++) name = `${placed}-${n}`
  ids.add(name)
  return name
}

function describe(address: string, path: Path, verb: Verb, operation: AnyOperation): Record<string, unknown> {
  const inPath = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
  const inBody = verb === 'write' || verb === 'patch'
  const inQuery = inBody ? [] : queryOf(verb, operation)
  return {
    summary: operation.summary,
    ...(!path.options.unauthenticated && { security: [{ token: [] }] }),
    parameters: [...inPath, ...inQuery],
    ...(inBody && operation.input && { requestBody: bodyOf(verb, operation.input as TSchema) }),
    responses: responsesOf(verb, operation),
  }
}

function queryOf(verb: Verb, { input }: AnyOperation) {
  const required = (input as { required?: readonly string[] } | undefined)?.required ?? []
  const given = fieldsOf(input as TSchema | undefined).map(([name, schema]) => ({
    name, in: 'query', required: required.includes(name), schema: openapiSchema(schema as OpenApiSchema, 'in'),
  }))
  return verb === 'list' ? [...given, { name: 'list', in: 'query', required: true, schema: { type: 'string', enum: ['true'] } }] : given
}

function bodyOf(verb: Verb, input: TSchema) {
  const type = verb === 'patch' ? 'application/merge-patch+json' : 'application/json'
  const required = ((input as { required?: readonly string[] }).required ?? []).length > 0
  return { ...(required && { required }), content: { [type]: { schema: openapiSchema(input as OpenApiSchema, 'in') } } }
}

/** Worked out once for each operation, however many mounts it has. */
const responses = new WeakMap<AnyOperation, Record<string, unknown>>()

function responsesOf(verb: Verb, operation: AnyOperation): Record<string, unknown> {
  const known = responses.get(operation)
  if (known) return known
  const refused = { description: 'Refused, with the reason.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Errors' } } } }
  const declared = statusesOf(verb, operation).map((status) => [String(status), successOf(status, operation)])
  const made = { ...Object.fromEntries(declared), default: refused } as Record<string, unknown>
  responses.set(operation, made)
  return made
}
