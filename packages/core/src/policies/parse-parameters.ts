import { asList, HclError, toPlain, type ObjectValue } from '@chatelaine/hcl'
import { type Literal } from './literals.js'
import { type ParameterValues } from './parameters.js'

/** `allowed_parameters` and its opposite: names, each with a list of values. */
export function parseParameterValues(object: ObjectValue): ParameterValues {
  const values = new Map<string, readonly Literal[]>()
  for (const { key, labels, value } of object.entries) {
    const name = key.name.toLowerCase()
    if (labels[0]) throw new HclError('a parameter takes no label', labels[0].at)
    if (values.has(name)) throw new HclError('a parameter is set twice', key.at)
    values.set(name, asList(value).map((item): Literal => toPlain(item)))
  }
  return values
}
