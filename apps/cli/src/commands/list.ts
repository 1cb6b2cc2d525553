import { command } from '../command.js'
import { cleanPath } from '../path.js'
import { showNames } from './names.js'

export const listCommand = command({
  name: 'list',
  summary: 'List the names under a path.',
  args: ['path'],
  examples: [['What is kept under a folder:', 'list secret/metadata/team']],
  doing: ([path = '']) => `listing ${cleanPath(path)}`,
  async run({ args: [given = ''], vault, print }) {
    const path = cleanPath(given)
    return showNames(await vault.request({ verb: 'list', path }), path, print)
  },
})
