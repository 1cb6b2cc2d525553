import { command } from '../../command.js'
import { cleanPath, mountName } from '../../path.js'
import { tuneFlags, tuneInput } from '../mount-options.js'

export const tune = command({
  name: 'auth tune',
  summary: 'Change how an auth method behaves.',
  args: ['path'],
  flags: tuneFlags,
  examples: [['Tokens of at most a day:', 'auth tune -max-lease-ttl=24h approle']],
  doing: ([path = '']) => `tuning auth method ${mountName(path)}`,
  async run({ args: [path = ''], flags, vault, print }) {
    await vault.request({ verb: 'write', path: `sys/auth/${cleanPath(path)}/tune`, input: tuneInput(flags) })
    print.success(`Success! Tuned the auth method at: ${mountName(path)}`)
  },
})
