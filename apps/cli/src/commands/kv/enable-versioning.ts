import { command } from '../../command.js'
import { cleanPath, mountName } from '../../path.js'

export const enableVersioning = command({
  name: 'kv enable-versioning',
  summary: 'Turn an unversioned engine into a versioned one. There is no way back.',
  args: ['mount'],
  examples: [['For team/:', 'kv enable-versioning team']],
  doing: ([path = '']) => `tuning secrets engine ${mountName(path)}`,
  async run({ args: [path = ''], vault, print }) {
    await vault.request({ verb: 'write', path: `sys/mounts/${cleanPath(path)}/tune`, input: { options: { version: '2' } } })
    print.success(`Success! Tuned the secrets engine at: ${mountName(path)}`)
  },
})
