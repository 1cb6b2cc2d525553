import { isRecord, type Data } from '@chatelaine/client'
import { command } from '../../command.js'
import { CliError } from '../../errors.js'
import { yes } from '../../flags.js'
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
    if (entries.length === 0 && print.format === 'table') throw CliError.nothing({ sentence: 'No audit devices are enabled.' })
    const heads = ['Path', 'Type', 'Description', ...(flags.detailed ? ['Replication', 'Options'] : [])]
    print.value(Object.fromEntries(entries), () => table([heads, ...entries.map(([path, entry]) => row(path, entry, flags.detailed))]))
  },
})

function row(path: string, entry: Data, detailed: boolean | undefined): string[] {
  const options = sortedEntries(isRecord(entry['options']) ? entry['options'] : {}).map(([key, value]) => `${key}=${goText(value)}`)
  const more = detailed ? [entry['local'] ? 'local' : 'replicated', options.join(' ')] : []
  return [path, goText(entry['type'] ?? ''), goText(entry['description'] ?? ''), ...more]
}
