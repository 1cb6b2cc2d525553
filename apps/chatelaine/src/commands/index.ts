import type { Command } from '@chatelaine/cli'
import { etcdCommands } from './etcd/index.js'
import { generateSessionCommand } from './generate-session.js'
import { operatorCommands } from './operator/index.js'
import { policyFmtCommand } from './policy/fmt.js'
import { serverCommand } from './server.js'
import { setupUserbotCommand } from './setup-userbot.js'
import { upCommand } from './up.js'
import { userbotCommand } from './userbot.js'

/** What this program can do beside asking a Vault. */
export const own: readonly Command[] = [upCommand, serverCommand, setupUserbotCommand, generateSessionCommand, userbotCommand, ...etcdCommands, ...operatorCommands, policyFmtCommand]
