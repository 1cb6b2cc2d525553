import { resolve } from 'node:path'
import { CliError, command, many, yes, type Command, type Run } from '@chatelaine/cli'
import { identitiesOf, identityFlags } from './keys.js'
import { withProgress, type Step } from './progress.js'
import { entriesText } from './sizes.js'
import { snapshotFile } from './snapshot-file.js'

const flags = {
  config: many('The server configuration whose storage is filled. No server may be running on it.', 'path'),
  ...identityFlags,
  force: yes('Replace everything that is in the storage.'),
  'hold-leases': yes('Revoke nothing that is due until "operator leases release".'),
} as const

export const holdingText = (hold: boolean): string => (hold ? '\nNothing that is due is revoked before you say so: "operator leases release".' : '')

export const snapshotRestoreCommand: Command = command({
  name: 'operator snapshot restore',
  summary: 'Fill a storage from a snapshot, and verify it. The Vault in it is sealed and opens as the one it was saved from.',
  args: ['file'],
  flags,
  examples: [
    ['Into an empty storage:', 'operator snapshot restore -config=server.hcl -identity=key.txt vault.age'],
    ['After a long outage, with time to look before tokens are revoked:', 'operator snapshot restore -config=server.hcl -identity=key.txt -hold-leases vault.age'],
  ],
  doing: 'restoring the snapshot',
  async run(given) {
    const { args: [name = ''], io, print } = given
    if (given.flags.config.length === 0) throw CliError.usage({ problem: 'give -config=FILE: a snapshot is restored to a storage, not to a running server' })
    const { entries, where } = await withProgress(io, (step) => restoring(given, name, step))
    const held = given.flags['hold-leases'] === true
    print.value(
      { storage: where, entries, verified: true, leases_held: held },
      () => `Success! Restored ${entriesText(entries)} to ${where}, read back and found equal.${holdingText(held)}`,
    )
  },
})

async function restoring({ flags: given, io, settings }: Run<typeof flags>, name: string, step: Step) {
  const { decrypted, inspect, loadConfig, recordsOf, refuseUnfit, restore, SnapshotError, withStorage } = await import('@chatelaine/server')
  const config = loadConfig(given.config.map((path) => resolve(io.cwd, path)), io.env)
  const by = await identitiesOf(given, io, settings.interactive)
  const file = await snapshotFile(name, io)
  try {
    return await withStorage(config, async (target) => {
      const force = given.force === true
      // Twice: a refusal shall not have to wait for the file, and the file may take a while.
      await refuseUnfit(target, force)
      // All of it is read before a byte is written, so that a damaged file costs nothing.
      const { sum, trailer, vault } = await inspect(file, by, (bytes) => step('reading', bytes, file.size))
      if (!vault) throw SnapshotError.noVault({ where: 'the snapshot' })
      const { entries } = await restore(target, recordsOf(decrypted(file.read(), by)), {
        force, holdLeases: given['hold-leases'] === true, clock: { now: () => new Date() }, progress: step, expected: trailer.count, sum,
      })
      return { entries, where: target.where }
    })
  } finally {
    await file.close()
  }
}
