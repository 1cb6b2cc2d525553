import { parseJson, type Handle, type Request } from '@chatelaine/sdk'
import { answerOf, answerOfError } from './http/answer.js'
import { checkPath } from './path.js'

/** An answer as a client over HTTP would have it after parsing. `body` is undefined where HTTP would send none. */
export interface LocalAnswer {
  readonly status: number
  readonly body: unknown
}

/**
 * The door inside one's own process: no socket, and the input passes as it is. The answer passes through its JSON text
 * on purpose: a caller must get exactly what it would get over a wire, and must not get objects the Vault still holds.
 */
export function localDoor(handle: Handle): (request: Request) => Promise<LocalAnswer> {
  return async (request) => {
    const { status, text } = await answer(handle, request)
    return { status, body: text === undefined ? undefined : parse(text) }
  }
}

async function answer(handle: Handle, request: Request) {
  try {
    return answerOf(await handle({ ...request, path: checkPath(request.path, request.verb) }))
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
