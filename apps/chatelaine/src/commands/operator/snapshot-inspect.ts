import { command, table, type Command } from '@chatelaine/cli'
import type { Inspection } from '@chatelaine/server'
import { identitiesOf, identityFlags } from './keys.js'
import { withProgress } from './progress.js'
import { sizeText } from './sizes.js'
import { snapshotFile } from './snapshot-file.js'

export const snapshotInspectCommand: Command = command({
  name: 'operator snapshot inspect',
  summary: 'Say what a snapshot holds, and whether it is whole. Values stay encrypted. "-" reads standard input.',
  args: ['file'],
  flags: identityFlags,
  examples: [['Before it is needed:', 'operator snapshot inspect -identity=key.txt vault.age']],
  doing: 'inspecting the snapshot',
  async run({ args: [name = ''], flags, io, print, settings }) {
    const { inspect } = await import('@chatelaine/server')
    const by = await identitiesOf(flags, io, settings.interactive)
    const file = await snapshotFile(name, io)
    try {
      const found = await withProgress(io, (step) => inspect(file, by, (bytes) => step('reading', bytes, file.size)))
      print.value(forPrograms(found, file.size), () => forPeople(found, file.size))
    } finally {
      await file.close()
    }
  },
})

const forPrograms = ({ header, trailer, folders, vault }: Inspection, size: number) => ({
  ...header, count: trailer.count, bytes: trailer.bytes, file_bytes: size, sha256: trailer.sha256, whole: true, vault, folders,
})

function forPeople({ header, trailer, folders, vault }: Inspection, size: number): string {
  const facts = [
    ['Created', header.created],
    ...(header.cluster === undefined ? [] : [['Cluster', header.cluster]]),
    ['Storage', `${header.storage}, revision ${header.revision}`],
    ['Entries', String(trailer.count)],
    ['Size', `${sizeText(trailer.bytes)} (file: ${sizeText(size)})`],
    ['SHA-256', `${trailer.sha256} (verified)`],
    ['Holds a Vault', vault ? 'yes' : 'no'],
  ]
  const rows = folders.map(({ name, entries, bytes }) => [name, String(entries), sizeText(bytes)])
  return `${table([['Key', 'Value'], ...facts])}\n\n${table([['Folder', 'Entries', 'Size'], ...rows])}`
}
