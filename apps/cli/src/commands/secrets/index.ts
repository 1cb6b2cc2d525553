import { disable } from './disable.js'
import { enable } from './enable.js'
import { list } from './list.js'
import { move } from './move.js'
import { tune } from './tune.js'

export const secretsCommands = [list, enable, disable, tune, move]
