import { VaultError, type Request, type Response } from '@chatelaine/sdk'
import type { AuditBroker } from './audit/index.js'

interface Asked {
  readonly requestId: string
  readonly request: Request
}

/** What balancers and clients ask every second, with nothing in it that is not public. */
const polled = ['sys/health', 'sys/seal-status']

/**
 * Answers what a sealed vault answers too, and writes it down while this one is not. Its records name no caller: such paths ask for none.
 * Where storage cannot be asked which devices there are, whoever reads is told the state all the same.
 */
export async function recorded(audit: AuditBroker, { requestId, request }: Asked, answer: () => Promise<Response>): Promise<Response> {
  if (polled.includes(request.path)) return answer()
  const facts = { requestId, request, operation: request.verb === 'write' ? 'update' : request.verb }
  try {
    await audit.request(facts)
  } catch (error) {
    if (request.verb === 'read' && error instanceof VaultError && error.status === 503) return answer()
    throw error
  }
  try {
    const response = await answer()
    await audit.response({ ...facts, response })
    return response
  } catch (error) {
    await audit.response({ ...facts, error })
    throw error
  }
}
