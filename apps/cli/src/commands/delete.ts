import { command } from '../command.js'
import { readValues } from '../input/values.js'
import { cleanPath } from '../path.js'

export const deleteCommand = command({
  name: 'delete',
  summary: 'Delete what is at a path.',
  args: ['path', '[key=value...]'],
  examples: [['Remove a role:', 'delete auth/approle/role/bot']],
  doing: ([path = '']) => `deleting ${cleanPath(path)}`,
  async run({ args: [given = '', ...words], io, vault, print }) {
    const path = cleanPath(given)
    const answer = await vault.request({ verb: 'delete', path, input: await readValues(words, io) })
    print.secretOr(answer, `Success! Data deleted (if it existed) at: ${path}`)
  },
})
