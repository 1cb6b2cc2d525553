import type { Engine } from '@chatelaine/sdk'
import { statusEngine, type StatusContext } from '../status.js'

/** What can be asked of a vault in any state, as it is declared. To be looked at and not to be called: nothing stands behind it. */
export const statusDeclared: Engine = statusEngine({} as StatusContext)
