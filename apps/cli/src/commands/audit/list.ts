import { isRecord, type Data } from '@chatelaine/client'
import { command } from '../../command.js'
import { yes } from '../../flags.js'
import { ordered, type Fields } from '../../output/envelope.js'
import { goText, sortedEntries } from '../../output/go-text.js'
import { table } from '../../output/table.js'

export const list = command({
  name: 'audit list',
  summary: 'Where the audit log goes.',
  flags: { detailed: yes('With each device\'s options.') },
  examples: [['Look:', 'audit list -detailed']],
  doing: 'listing audits',
  async run({ flags, vault, print }) {
    const { data = {} } = await vault.request({ verb: 'read', path: 'sys/audit' })
    const entries = sortedEntries(data).filter((pair): pair is [string, Data] => isRecord(pair[1]))
    if (entries.length === 0 && print.format === 'table') return print.line('No audit devices are enabled.'), 2
    const heads = ['Path', 'Type', 'Description', ...(flags.detailed ? ['Replication', 'Options'] : [])]
    const devices = Object.fromEntries(entries.map(([path, entry]) => [path, ordered(fields, entry)]))
    print.value(devices, () => table([heads, ...entries.map(([path, entry]) => row(path, entry, flags.detailed))]))
    return 0
  },
})

/** In the order of Vault's command line. */
const fields: Fields = { type: '', description: '', options: null, local: false, path: '' }

function row(path: string, entry: Data, detailed: boolean | undefined): string[] {
  const options = sortedEntries(isRecord(entry['options']) ? entry['options'] : {}).map(([key, value]) => `${key}=${goText(value)}`)
  const more = detailed ? [entry['local'] ? 'local' : 'replicated', options.join(' ')] : []
  return [path, goText(entry['type'] ?? ''), goText(entry['description'] ?? ''), ...more]
}
