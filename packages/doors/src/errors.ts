import { defineErrors } from '@chatelaine/sdk'

/**
 * What the HTTP door itself refuses, before or instead of the Vault behind it. No sentence repeats what was sent: it
 * may be a secret. A row without a sentence is answered `{"errors":[]}`, as Vault answers where nothing lives.
 */
export const HttpError = defineErrors('http', {
  notHere: { status: 404, text: () => '' },
  methodNotAllowed: { status: 405, text: () => '' },
  unprintablePath: { status: 400, text: () => 'the path must be printable text, percent-encoded once' },
  badSegment: { status: 400, text: () => 'a path must not have empty, "." or ".." segments' },
  /** To the clean form of an address with empty segments, for those who only ask. */
  moved: { status: 307, text: (_: { to: string }) => '' },
  badQuery: { status: 400, text: () => 'malformed query string' },
  badListFlag: { status: 400, text: () => 'the query parameter "list" must be true or false' },
  invalidHeader: { status: 400, text: () => 'invalid header value' },
  malformed: { status: 400, text: () => 'malformed HTTP request' },
  wrapTtl: { status: 400, text: (d: { problem: string }) => `error parsing X-Vault-Wrap-TTL header: ${d.problem}` },
  requestHeaderMissing: { status: 412, text: () => "missing 'X-Vault-Request' header" },
  notMergePatch: { status: 415, text: () => 'PATCH requires Content-Type of application/merge-patch+json' },
  badJson: { status: 400, text: (d: { problem: string }) => `failed to parse JSON input: ${d.problem}` },
  badForm: { status: 400, text: () => 'failed to parse form data' },
  formTooMuch: { status: 400, text: (d: { problem: string }) => `failed to parse form data: ${d.problem}` },
  bodyTooLarge: { status: 413, text: () => 'http: request body too large' },
  busy: { status: 429, text: () => 'this server is reading as many large requests as it has memory for; try again in a second' },
  headersTooLarge: { status: 431, text: () => 'request header fields too large' },
  tooSlow: { status: 408, text: () => 'the request did not arrive in time' },
  deadlineExceeded: { status: 500, text: () => 'context deadline exceeded' },
  clientGone: { status: 500, text: () => 'context canceled' },
  internal: { status: 500, text: () => 'internal error' },
  parserUnknown: {
    status: 500,
    text: (d: { version: string; problem: string }) =>
      `the HTTP door cannot teach the LIST verb to the parser of Node ${d.version}: ${d.problem}`,
  },
  notForwarded: { status: 400, text: () => 'missing x-forwarded-for header and configured to reject when not present' },
  forwarderUnknown: { status: 400, text: () => 'client address not authorized for x-forwarded-for and configured to reject connection' },
  badForwardedFor: { status: 400, text: () => 'malformed x-forwarded-for header, or fewer hops in it than the configuration skips' },
  socketInUse: { status: 500, text: (d: { path: string }) => `another process answers on ${d.path}` },
})
