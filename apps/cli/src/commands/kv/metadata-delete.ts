import { command } from '../../command.js'
import { mountFlag, versionedPlace } from './mount.js'

export const metadataDelete = command({
  name: 'kv metadata delete',
  summary: 'Remove a secret with all its versions, for good.',
  args: ['path'],
  flags: mountFlag,
  examples: [['Remove it:', 'kv metadata delete secret/telegram']],
  doing: ([path = '']) => `deleting ${path}`,
  async run({ args: [path = ''], flags, vault, aside, print }) {
    const at = (await versionedPlace(aside, path, flags.mount, 'Metadata')).at('metadata')
    print.secretOr(await vault.request({ verb: 'delete', path: at }), `Success! Data deleted (if it existed) at: ${at}`)
  },
})
