import { command } from '../command.js'
import { CliError } from '../errors.js'
import { readValues } from '../input/values.js'
import { cleanPath } from '../path.js'

export const read = command({
  name: 'read',
  summary: 'Read data at a path. key=value pairs become the query.',
  args: ['path', '[key=value...]'],
  raw: true,
  examples: [
    ['Read a secret of an unversioned engine:', 'read secret/my-secret'],
    ['One field, for a script:', 'read -field=ttl sys/mounts/secret/tune'],
  ],
  doing: ([path = '']) => `reading ${cleanPath(path)}`,
  async run({ args: [given = '', ...words], io, vault, print }) {
    const path = cleanPath(given)
    const answer = await vault.request({ verb: 'read', path, input: await readValues(words, io) })
    if (answer.status === 404 && !answer.data && !answer.warnings.length) throw CliError.nothingThere({ path })
    print.secret(answer)
  },
})
