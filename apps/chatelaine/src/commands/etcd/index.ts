import type { Command } from '@chatelaine/cli'
import { etcdBootstrapCommand } from './bootstrap.js'
import { etcdDownCommand } from './down.js'
import { etcdStatusCommand } from './status.js'
import { etcdUpCommand } from './up.js'

/** The cluster that the Vault's data is in. */
export const etcdCommands: readonly Command[] = [etcdUpCommand, etcdDownCommand, etcdBootstrapCommand, etcdStatusCommand]
