import { command } from '../../command.js'
import { cleanPath, mountName } from '../../path.js'
import { tuneFlags, tuneInput } from '../mount-options.js'

export const tune = command({
  name: 'secrets tune',
  summary: 'Change how a mounted secrets engine behaves.',
  args: ['path'],
  flags: tuneFlags,
  examples: [['Leases of at most a day:', 'secrets tune -max-lease-ttl=24h transit'], ['From kv version 1 to 2:', 'secrets tune -version=2 team']],
  doing: ([path = '']) => `tuning secrets engine ${mountName(path)}`,
  async run({ args: [path = ''], flags, vault, print }) {
    await vault.request({ verb: 'write', path: `sys/mounts/${cleanPath(path)}/tune`, input: tuneInput(flags) })
    print.success(`Success! Tuned the secrets engine at: ${mountName(path)}`)
  },
})
