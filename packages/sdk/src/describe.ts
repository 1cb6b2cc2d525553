import type { AnyOperation, Engine, Path, Verb } from './engine.js'
import { fieldsOf } from './fields.js'

const operationsOf = ({ operations }: Path) => Object.entries(operations) as [Verb, AnyOperation][]

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
