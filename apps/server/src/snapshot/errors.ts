import { defineErrors } from '@chatelaine/sdk'

const nothingWritten = 'nothing was written'

/** Why a snapshot was not made, not read or not restored. No key and no value is ever named. */
export const SnapshotError = defineErrors('snapshot', {
  noVault: { status: 400, text: (d: { where: string }) => `${d.where} holds no Vault: it has never been initialized` },
  damaged: { status: 400, text: (d: { problem: string }) => `the snapshot is not whole: ${d.problem}` },
  newerFormat: { status: 400, text: (d: { version: number }) => `the snapshot has version ${d.version}, which this program cannot read` },
  wrongKey: { status: 400, text: () => 'the snapshot does not open: it was encrypted to another identity or passphrase' },
  badRecipient: { status: 400, text: (d: { recipient: string }) => `"${d.recipient}" is no age recipient: it looks like age1…` },
  badIdentity: { status: 400, text: (d: { file: string }) => `${d.file} holds no age identity: a line that begins with AGE-SECRET-KEY-` },
  weakPassphrase: { status: 400, text: (d: { least: number }) => `the passphrase must have at least ${d.least} characters` },
  exists: { status: 400, text: (d: { file: string }) => `${d.file} is there already; -force writes over it` },
  changed: { status: 409, text: () => 'the storage gave fewer entries than it had announced; no snapshot was made' },
  forgetful: { status: 400, text: () => 'storage "inmem" forgets everything at the end: it can be neither restored to nor migrated' },
  inUse: {
    status: 409,
    text: (d: { where: string; nodes: readonly string[] }) =>
      `${d.where} is in use by ${d.nodes.join(', ')}; stop every server node first (${nothingWritten})`,
  },
  notEmpty: { status: 409, text: (d: { where: string }) => `${d.where} is not empty; -force replaces everything in it (${nothingWritten})` },
  incomplete: {
    status: 500,
    text: (d: { where: string; reason: string }) => `${d.where} was only written in part and holds no Vault now: ${d.reason}; do it again with -force`,
  },
  differs: {
    status: 500,
    text: (d: { where: string; wanted: number; found: number }) =>
      `${d.where} does not hold what was written to it (${d.found} entries of ${d.wanted}, or other bytes): another process writes to it, or its disk fails; it was not made a Vault`,
  },
})
