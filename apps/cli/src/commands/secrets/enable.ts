import { command } from '../../command.js'
import { cleanPath, mountName } from '../../path.js'
import { enableFlags, enableInput, typeOf, versionNote } from '../mount-options.js'

export const enable = command({
  name: 'secrets enable',
  summary: 'Mount a secrets engine.',
  args: ['type'],
  flags: enableFlags,
  examples: [['Versioned secrets at team/:', 'secrets enable -path=team -version=2 kv'], ['Encryption as a service:', 'secrets enable transit']],
  doing: 'enabling',
  async run({ args: [given = ''], flags, vault, print }) {
    const type = typeOf(given, flags)
    const path = cleanPath(flags.path ?? type)
    await vault.request({ verb: 'write', path: `sys/mounts/${path}`, input: enableInput(type, flags) })
    print.success(`Success! Enabled the ${type} secrets engine${versionNote(flags)} at: ${mountName(path)}`)
  },
})
