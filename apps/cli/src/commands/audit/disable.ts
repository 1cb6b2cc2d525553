import { command } from '../../command.js'
import { cleanPath, mountName } from '../../path.js'

export const disable = command({
  name: 'audit disable',
  summary: 'Stop sending the audit log to a device.',
  args: ['path'],
  examples: [['No longer to the file:', 'audit disable file']],
  doing: 'disabling audit device',
  async run({ args: [path = ''], vault, print }) {
    await vault.request({ verb: 'delete', path: `sys/audit/${cleanPath(path)}` })
    print.success(`Success! Disabled audit device (if it was enabled) at: ${mountName(path)}`)
  },
})
