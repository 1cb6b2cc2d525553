import { command } from '../../command.js'
import { text, yes } from '../../flags.js'
import { readValues } from '../../input/values.js'
import { cleanPath, mountName } from '../../path.js'

export const enable = command({
  name: 'audit enable',
  summary: 'Send the audit log to a device. From then on no answer leaves that no device has written down.',
  args: ['type', '[key=value...]'],
  flags: { path: text('Its name, if not its type.'), description: text('What it is for.'), local: yes('Not replicated.') },
  examples: [['To a file:', 'audit enable file file_path=/var/log/vault/audit.log']],
  doing: 'enabling audit device',
  async run({ args: [type = '', ...words], flags, io, vault, print }) {
    const path = cleanPath(flags.path ?? type)
    const options = await readValues(words, io)
    const input = { type, description: flags.description ?? '', options, local: flags.local ?? false }
    await vault.request({ verb: 'write', path: `sys/audit/${path}`, input })
    print.success(`Success! Enabled the ${type} audit device at: ${mountName(path)}`)
  },
})
