import { command } from '../command.js'
import { cleanPath } from '../path.js'
import { showHelp } from './server-help.js'

export const pathHelp = command({
  name: 'path-help',
  summary: 'What a path is for and which fields it takes, as the server itself says.',
  args: ['path'],
  examples: [['An engine:', 'path-help secret/'], ['One address in it:', 'path-help secret/data/foo']],
  doing: 'retrieving help',
  run: ({ args: [path = ''], vault, print }) => showHelp(vault, cleanPath(path), print),
})
