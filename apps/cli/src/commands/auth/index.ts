import { disable } from './disable.js'
import { enable } from './enable.js'
import { help } from './help.js'
import { list } from './list.js'
import { tune } from './tune.js'

export const authCommands = [list, enable, disable, tune, help]
