import { command } from '../../command.js'
import { cleanPath } from '../../path.js'
import { showHelp } from '../server-help.js'

export const help = command({
  name: 'auth help',
  summary: 'What an enabled auth method is for and how to log in with it, as the server says.',
  args: ['path'],
  examples: [['How to use AppRole:', 'auth help approle']],
  doing: 'retrieving help',
  run: ({ args: [path = ''], vault, print }) => showHelp(vault, `auth/${cleanPath(path)}/`, print),
})
