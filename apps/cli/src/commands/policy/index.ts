import { list } from './list.js'
import { read } from './read.js'
import { remove } from './delete.js'
import { write } from './write.js'

export const policyCommands = [list, read, write, remove]
