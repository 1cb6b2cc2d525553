import { command } from '../command.js'
import { variable } from '../config/variables.js'
import { truthOf, yes } from '../flags.js'
import { cleanPath } from '../path.js'
import { showNames } from './names.js'

export const listCommand = command({
  name: 'list',
  summary: 'List the names under a path.',
  args: ['path'],
  flags: { detailed: yes('With what the server says of each name. Also VAULT_DETAILED.') },
  examples: [['What is kept under a folder:', 'list secret/metadata/team']],
  doing: ([path = '']) => `listing ${cleanPath(path)}`,
  async run({ args: [given = ''], flags, io, vault, print }) {
    const path = cleanPath(given)
    return showNames(await vault.request({ verb: 'list', path }), path, print, flags.detailed ?? truthOf(variable(io.env, 'DETAILED') ?? '') ?? false)
  },
})
