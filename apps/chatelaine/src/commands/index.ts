import type { Command } from '@chatelaine/cli'
import { generateSessionCommand } from './generate-session.js'
import { serverCommand } from './server.js'
import { upCommand } from './up.js'
import { userbotCommand } from './userbot.js'

/** What this program can do beside asking a Vault. */
export const own: readonly Command[] = [upCommand, serverCommand, generateSessionCommand, userbotCommand]
