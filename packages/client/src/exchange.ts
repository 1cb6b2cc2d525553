import { VaultError } from '@chatelaine/sdk'
import { ClientError } from './errors.js'
import type { Exchange } from './message.js'

/** Sends by the platform's `fetch`: everything a browser or another runtime needs. */
export const fetchExchange: Exchange = async ({ method, url, headers, body, signal, stream }) => {
  try {
    const answer = await fetch(url, {
      method, headers: { ...headers }, redirect: 'manual',
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    })
    const { status } = answer
    const head = { status, headers: Object.fromEntries(answer.headers) }
    if (stream && status === 200 && answer.body) return { ...head, body: '', stream: pouring(answer.body.getReader(), url, signal) }
    return { ...head, body: await answer.text() }
  } catch (error) {
    throw silence(error, url, signal)
  }
}

/** By its reader, for not every runtime can iterate over a body. */
async function* pouring(reader: ReadableStreamDefaultReader<Uint8Array>, url: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value
  } catch (error) {
    throw silence(error, url, signal)
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

// Nothing had been sent when these happen, so the same question may be asked again whatever it does.
const unsent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT', 'EACCES', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']
const tlsTrouble = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/
const notTls = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|EPROTO/

/** Names what a failed exchange means, from the code the platform gave it. */
export function silence(error: unknown, url: string, signal?: AbortSignal): unknown {
  if (error instanceof VaultError) return error
  if (signal?.aborted) return isTimeout(signal.reason) ? ClientError.timeout({ url }, { cause: error }) : signal.reason
  const code = codeOf(error)
  const row = unsent.includes(code) ? 'unreachable' : notTls.test(code) ? 'notTls' : tlsTrouble.test(code) ? 'untrusted' : 'broken'
  return ClientError[row]({ url, code }, { cause: error })
}

const isTimeout = (reason: unknown) => reason instanceof Error && reason.name === 'TimeoutError'

/** `fetch` hides the code in a cause; a host with several addresses hides it in a list of errors. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0])
  return 'cause' in error ? codeOf(error.cause) : 'unknown'
}
