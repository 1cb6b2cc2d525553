import { HttpError } from '../errors.js'

/** A request target in its two parts, the path decoded and without its prefix, the query as it was sent. */
export interface Target {
  readonly path: string
  readonly query: string
  /** Set where slashes stand side by side: the whole target without those. */
  readonly clean?: string | undefined
}

const prefix = '/v1/'
// Proxies send the whole address; what stands before the path says nothing that the Host header does not.
const absolute = /^https?:\/\/[^/?#]*/i
// The octets a target may hold. The rest (raw UTF-8, quotes, a fragment) is sent percent-encoded by every client.
const legal = /^[\x21\x22\x24-\x7e]*$/

/**
 * Takes a request target apart. The path is decoded exactly once, before anything looks at it: `%2e%2e` is `..` and is
 * refused as such, `%252e` is the three characters `%2e` for ever after, `%2F` is a slash, `+` is a plus. Slashes side by side are told, not passed
 * over: who asked is sent to the clean form, which is what policies judge, and who would write is refused.
 */
export function readTarget(url: string): Target {
  const target = url.startsWith('/') ? url : url.replace(absolute, '')
  const mark = target.indexOf('?')
  const encoded = mark < 0 ? target : target.slice(0, mark)
  if (!legal.test(target)) throw HttpError.unprintablePath()
  const single = encoded.includes('//') ? encoded.replace(/\/{2,}/g, '/') : encoded
  if (!single.startsWith(prefix)) throw HttpError.notHere()
  return {
    path: decode(single.slice(prefix.length)),
    query: mark < 0 ? '' : target.slice(mark + 1),
    ...(single !== encoded && { clean: single + (mark < 0 ? '' : target.slice(mark)) }),
  }
}

function decode(encoded: string): string {
  if (!encoded.includes('%')) return encoded
  try {
    return decodeURIComponent(encoded)
  } catch (cause) {
    throw HttpError.unprintablePath(undefined, { cause })
  }
}
