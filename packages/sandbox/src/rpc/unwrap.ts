import { RpcError } from '../errors.js'
import type { TlObject } from '../tl/definition.js'
import type { Asked } from '../session/ground.js'

/** A client whose layer was not taught would be answered in another, and break somewhere far from here. */
export class UnknownLayer extends RpcError {
  readonly layer: number

  constructor(layer: number) {
    super(400, 'CONNECTION_LAYER_INVALID')
    this.layer = layer
  }
}

interface Wrapper extends TlObject {
  readonly query: TlObject
  readonly layer?: number
}

/**
 * Takes a request out of its invokeWith… wrappers (https://core.telegram.org/api/invoking), noting on the way which
 * layer the client reads and whether it wants updates. Sessions run their requests in order, so invokeAfterMsg needs
 * nothing; the rest concern what this server does not have.
 */
export function unwrap({ session, request }: Asked, knows: (layer: number) => boolean): TlObject {
  let wantsUpdates = true
  let inner = request
  while (isWrapper(inner)) {
    if (inner._ === 'invokeWithoutUpdates') wantsUpdates = false
    if (inner._ === 'invokeWithLayer' && inner.layer !== undefined) {
      if (!knows(inner.layer)) throw new UnknownLayer(inner.layer)
      session.key.authorization.layer = inner.layer
    }
    inner = inner.query
  }
  if (wantsUpdates || session.wantsUpdates === undefined) session.wantsUpdates = wantsUpdates
  return inner
}

function isWrapper(request: TlObject): request is Wrapper {
  if (!request._.startsWith('invoke') && request._ !== 'initConnection') return false
  return 'query' in request && typeof request.query === 'object' && request.query !== null && '_' in request.query
}
