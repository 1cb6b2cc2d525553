import { command } from '../../command.js'
import { cleanPath, mountName } from '../../path.js'

export const disable = command({
  name: 'auth disable',
  summary: 'Disable an auth method. Every token it gave is revoked.',
  args: ['path'],
  examples: [['Nobody logs in by user name any more:', 'auth disable userpass']],
  doing: ([path = '']) => `disabling auth method at ${mountName(path)}`,
  async run({ args: [path = ''], vault, print }) {
    await vault.request({ verb: 'delete', path: `sys/auth/${cleanPath(path)}` })
    print.success(`Success! Disabled the auth method (if it existed) at: ${mountName(path)}`)
  },
})
