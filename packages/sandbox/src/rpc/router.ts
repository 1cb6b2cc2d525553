import type { Log } from '../log.js'
import { refuse, RpcError } from '../errors.js'
import type { Asked, Upstairs } from '../session/ground.js'
import type { TlObject } from '../tl/definition.js'
import type { Schema } from '../tl/schema.js'
import type { Floods } from './floods.js'
import type { Call, Methods } from './methods.js'
import { UnknownLayer, unwrap } from './unwrap.js'

export interface Routes {
  readonly schema: Schema
  readonly methods: Methods
  readonly floods: Floods
  /** Names of methods clients asked for and nobody offers: what to build next. */
  readonly unknownMethods: Set<string>
  /** Layers of clients that were turned away, because nobody taught them to the server. */
  readonly unknownLayers: Set<number>
  readonly log: Log
}

type Handler = (call: Call, request: TlObject) => unknown

/** A hundred names tell the story; a client that invents more must not fill memory. */
const MOST_UNKNOWN = 1000

/** From a request to the method that answers it, and from whatever it threw to an rpc_error. */
export function router(routes: Routes): Upstairs {
  const { schema, unknownMethods, unknownLayers, log } = routes

  const refused = (error: RpcError) =>
    schema.write({ _: 'mt_rpc_error', errorCode: error.code, errorMessage: error.message })

  const note = (name: string) => {
    if (unknownMethods.size < MOST_UNKNOWN) unknownMethods.add(name)
  }

  return {
    async ask(asked) {
      const { userId } = asked.session.key.authorization
      let name = asked.request._
      try {
        const request = unwrap(asked, (layer) => schema.knows(layer))
        name = request._
        const value = await dispatch(routes, asked, request)
        log(`${request._} by ${userId ?? 'nobody'}: answered`)
        return schema.writeAnswer(request._, value, asked.session.key.authorization.layer)
      } catch (error) {
        const refusal = error instanceof RpcError ? error : new RpcError(500, 'INTERNAL')
        if (refusal.message === 'METHOD_NOT_IMPLEMENTED') note(name)
        if (error instanceof UnknownLayer) {
          unknownLayers.add(error.layer)
          log(`a client speaks layer ${error.layer}, which this sandbox was not taught: addLayer(${error.layer}, its TL text) teaches it`)
        }
        log(`${name} by ${userId ?? 'nobody'}: ${error instanceof RpcError ? refusal.message : String(error)}`)
        return refused(refusal)
      }
    },

    refuseUnknown(constructor) {
      note(`#${constructor.toString(16).padStart(8, '0')}`)
      return refused(new RpcError(400, `INPUT_METHOD_INVALID_${constructor}_0`))
    },
  }
}

async function dispatch({ methods, floods }: Routes, { session, messageId }: Asked, request: TlObject) {
  const { key } = session
  if (key.temporary && !key.permanent && request._ !== 'auth.bindTempAuthKey') throw refuse('authKeyPermEmpty')
  const call: Call = { session, messageId, authorization: key.authorization }
  floods.check(request._, key.authorization.userId)
  const table: Readonly<Record<string, unknown>> = methods
  if (!Object.hasOwn(table, request._)) throw refuse('methodNotImplemented')
  return (table[request._] as Handler)(call, request)
}
