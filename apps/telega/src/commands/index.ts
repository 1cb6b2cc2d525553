import type { Command } from '../command.js'
import { getKeys } from './get-keys.js'
import { help } from './help.js'
import { whoami } from './whoami.js'

export const commands: readonly Command[] = [getKeys, whoami, help(() => commands)]
