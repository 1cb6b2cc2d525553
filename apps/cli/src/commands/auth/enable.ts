import { command } from '../../command.js'
import { cleanPath, mountName } from '../../path.js'
import { enableFlags, enableInput, typeOf, versionNote } from '../mount-options.js'

export const enable = command({
  name: 'auth enable',
  summary: 'Enable an auth method.',
  args: ['type'],
  flags: enableFlags,
  examples: [['Programs log in with a role id and a secret id:', 'auth enable approle']],
  doing: ([type = '']) => `enabling ${type} auth`,
  async run({ args: [given = ''], flags, vault, print }) {
    const type = typeOf(given, flags)
    const path = cleanPath(flags.path ?? type)
    await vault.request({ verb: 'write', path: `sys/auth/${path}`, input: enableInput(type, flags) })
    print.success(`Success! Enabled ${type} auth method${versionNote(flags)} at: ${mountName(path)}`)
  },
})
