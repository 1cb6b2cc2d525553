import { command } from '../../command.js'
import { showNames } from '../names.js'
import { mountFlag, place } from './mount.js'

export const list = command({
  name: 'kv list',
  summary: 'The names of the secrets in a folder. A name that ends in a slash is a folder.',
  args: ['path'],
  counts: { mount: { least: 0 } },
  flags: mountFlag,
  examples: [['All of a mount:', 'kv list secret'], ['A folder:', 'kv list -mount=secret team']],
  doing: ([path = '']) => `listing ${path}`,
  async run({ args: [path = ''], flags, vault, aside, print }) {
    const at = (await place(aside, path, flags.mount)).at('metadata')
    return showNames(await vault.request({ verb: 'list', path: at }), at, print)
  },
})
