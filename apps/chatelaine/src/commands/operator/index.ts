import type { Command } from '@chatelaine/cli'
import { migrateCommand } from './migrate.js'
import { snapshotInspectCommand } from './snapshot-inspect.js'
import { snapshotRestoreCommand } from './snapshot-restore.js'
import { snapshotSaveCommand } from './snapshot-save.js'

/** What an operator does to a storage itself. */
export const operatorCommands: readonly Command[] = [snapshotSaveCommand, snapshotRestoreCommand, snapshotInspectCommand, migrateCommand]
