import { disable } from './disable.js'
import { enable } from './enable.js'
import { list } from './list.js'

export const auditCommands = [list, enable, disable]
