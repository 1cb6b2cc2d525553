import { init } from './init.js'
import { keyStatus, rotate } from './rotate.js'
import { seal } from './seal.js'
import { unseal } from './unseal.js'

export const operatorCommands = [init, unseal, seal, rotate, keyStatus]
