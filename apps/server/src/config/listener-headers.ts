import { validateHeaderName, validateHeaderValue } from 'node:http'
import { asObject, asString, asStrings, HclError, type Key, type Value } from '@chatelaine/hcl'
import type { ListenerConfig } from './config.js'

type ResponseHeaders = NonNullable<ListenerConfig['responseHeaders']>

/** Those say how the bytes of an answer are to be read: whoever sets them breaks the answer. */
const framing = ['connection', 'content-length', 'transfer-encoding', 'upgrade', 'trailer', 'keep-alive', 'content-type']

/** `custom_response_headers { "default" = { "Name" = ["value"] } "2xx" = { … } "404" = { … } }`, as Vault has it. */
export function responseHeadersOf(value: Value): ResponseHeaders {
  const groups = asObject(value).entries.map(({ key, labels, value: headers }) => {
    const group = labels[0] ?? key
    if (!/^(default|[1-5]xx|[1-5]\d\d)$/.test(group.name)) throw new HclError('expected "default", a class such as "2xx", or a status such as "404"', group.at)
    return [group.name, asObject(headers).entries.map(({ key: name, value: values }) => [nameOf(name), valueOf(values)] as const)] as const
  })
  return Object.fromEntries(groups)
}

function nameOf({ name, at }: Key): string {
  const lower = name.toLowerCase()
  if (lower.startsWith('x-vault-') || framing.includes(lower)) throw new HclError('this header is the server\'s own and cannot be set', at)
  try {
    validateHeaderName(name)
  } catch {
    throw new HclError('expected the name of a header', at)
  }
  return name
}

function valueOf(value: Value): string {
  const text = value.kind === 'list' ? asStrings(value).join('; ') : asString(value)
  try {
    validateHeaderValue('x', text)
  } catch {
    throw new HclError('expected the value of a header', value.at)
  }
  return text
}
