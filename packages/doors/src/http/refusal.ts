import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { VaultError } from '@chatelaine/sdk'
import { HttpError } from '../errors.js'
import { rawAnswer } from './answer.js'
import type { ParserError } from './list-verb.js'

/** How long a refused client may take to read why. */
const lingerMs = 1_000

/** What to tell a client whose bytes the parser refused. Undefined when there is nobody left to tell. */
export function refusalOf({ code = '', rawPacket }: ParserError): VaultError | undefined {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return HttpError.headersTooLarge()
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return HttpError.tooSlow()
    case 'HPE_INVALID_METHOD':
      return looksLikeRequest(rawPacket) ? HttpError.methodNotAllowed() : HttpError.malformed()
    case 'HPE_INVALID_HEADER_TOKEN':
    case 'HPE_CR_EXPECTED':
    case 'HPE_LF_EXPECTED':
      return HttpError.invalidHeader()
    default:
      return code.startsWith('HPE_') ? HttpError.malformed() : undefined
  }
}

const looksLikeRequest = (packet: Buffer | undefined) =>
  packet !== undefined && /^[A-Z]{1,20} \//.test(packet.toString('latin1', 0, 40))

type Busy = Socket & { readonly _httpMessage?: ServerResponse | null }

/**
 * Answers on the bare socket, behind the answers still owed for earlier requests: written at once, this one would be
 * taken for the first of theirs. `_httpMessage` is Node's answer in progress; Node's own refusal looks at it too.
 */
export function refuse(socket: Busy, error: VaultError): void {
  const owed = socket._httpMessage
  if (socket.destroyed || !socket.writable || (owed?.headersSent && !owed.writableEnded)) socket.destroy()
  else if (owed) owed.once('close', () => refuse(socket, error))
  else {
    socket.end(rawAnswer(error))
    const cut = setTimeout(() => socket.destroy(), lingerMs)
    socket.once('close', () => clearTimeout(cut))
  }
}
