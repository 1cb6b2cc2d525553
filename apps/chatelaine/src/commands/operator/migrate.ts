import { resolve } from 'node:path'
import { CliError, command, text, yes, type Command } from '@chatelaine/cli'
import { withProgress, type Step } from './progress.js'
import { entriesText } from './sizes.js'
import { holdingText } from './snapshot-restore.js'

export const migrateCommand: Command = command({
  name: 'operator migrate',
  summary: 'Copy one storage into another, and verify it: the embedded store to etcd, or back. No server may be running on either.',
  flags: {
    config: text('A file with storage_source "TYPE" { … } and storage_destination "TYPE" { … }.', 'path'),
    force: yes('Replace everything that is in the destination.'),
    'hold-leases': yes('Revoke nothing that is due until "operator leases release".'),
  },
  examples: [['From a folder to three etcd nodes:', 'operator migrate -config=migrate.hcl']],
  doing: 'migrating',
  async run({ flags, io, print }) {
    const { loadMigration, migrate, withStorage } = await import('@chatelaine/server')
    if (flags.config === undefined) throw CliError.usage({ problem: 'give -config=FILE, which names storage_source and storage_destination' })
    const { source, destination } = loadMigration(resolve(io.cwd, flags.config), io.env)
    const held = flags['hold-leases'] === true
    const options = { force: flags.force === true, holdLeases: held, clock: { now: () => new Date() } }
    const copying = (progress: Step) =>
      withStorage({ storage: source, production: false }, (from) =>
        withStorage({ storage: destination, production: false }, async (to) => ({ ...(await migrate(from, to, { ...options, progress })), from, to })),
      { holding: true })
    const { entries, from, to } = await withProgress(io, copying)
    print.value(
      { source: from.where, destination: to.where, entries, verified: true, leases_held: held },
      () => `Success! Copied ${entriesText(entries)} from ${from.where} to ${to.where}, read back and found equal.${holdingText(held)}`,
    )
  },
})
