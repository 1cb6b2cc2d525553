import { capabilities } from './capabilities.js'
import { create } from './create.js'
import { lookup } from './lookup.js'
import { renew } from './renew.js'
import { revoke } from './revoke.js'

export const tokenCommands = [create, lookup, renew, revoke, capabilities]
