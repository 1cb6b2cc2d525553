import { command } from '../../command.js'
import { cleanPath, mountName } from '../../path.js'

export const disable = command({
  name: 'secrets disable',
  summary: 'Unmount a secrets engine. All it keeps is deleted and all it gave is revoked.',
  args: ['path'],
  examples: [['Remove team/ and everything in it:', 'secrets disable team']],
  doing: ([path = '']) => `disabling secrets engine at ${mountName(path)}`,
  async run({ args: [path = ''], vault, print }) {
    await vault.request({ verb: 'delete', path: `sys/mounts/${cleanPath(path)}` })
    print.success(`Success! Disabled the secrets engine (if it existed) at: ${mountName(path)}`)
  },
})
