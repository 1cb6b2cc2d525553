import { parseJson, type Handle, type Request, type Response } from '@chatelaine/sdk'
import { answerOf, answerOfError, type Answer } from './http/answer.js'
import { checkPath } from './path.js'

/** An answer as a client over HTTP would have it after parsing. `body` is undefined where HTTP would send none. */
export interface LocalAnswer {
  readonly status: number
  readonly body: unknown
  /** In place of a body, an answer too long to hold. */
  readonly stream?: AsyncIterable<Uint8Array>
}

/**
 * The door inside one's own process: no socket, and the input passes as it is. The answer passes through its JSON text
 * on purpose: a caller must get exactly what it would get over a wire, and must not get objects the Vault still holds.
 */
export function localDoor(handle: Handle): (request: Request) => Promise<LocalAnswer> {
  return async (request) => {
    const { status, text, stream } = await answer(handle, request)
    if (stream) return { status, body: undefined, stream }
    return { status, body: text === undefined ? undefined : parse(text) }
  }
}

async function answer(handle: Handle, request: Request): Promise<Answer & Pick<Response, 'stream'>> {
  try {
    const response = await handle({ ...request, path: checkPath(request.path, request.verb) })
    return response.stream ? { status: response.status, text: undefined, stream: response.stream } : answerOf(response)
  } catch (error) {
    return answerOfError(error)
  }
}

/** Some answers are not JSON: certificates, metrics. */
function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return text
  }
}
