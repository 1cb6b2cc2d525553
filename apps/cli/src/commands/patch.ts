import { command } from '../command.js'
import { CliError } from '../errors.js'
import { yes } from '../flags.js'
import { readValues } from '../input/values.js'
import { cleanPath } from '../path.js'

export const patch = command({
  name: 'patch',
  summary: 'Change some fields at a path and leave the others.',
  args: ['path', '[data...]'],
  flags: { force: yes('Patch although there is no data. Short form -f.') },
  examples: [['Change one setting:', 'patch pki/issuer/default issuer_name=root']],
  doing: ([path = '']) => `writing data to ${cleanPath(path)}`,
  async run({ args: [given = '', ...words], flags, io, vault, print }) {
    const path = cleanPath(given)
    if (words.length === 0 && !flags.force) throw CliError.noData()
    const answer = await vault.request({ verb: 'patch', path, input: await readValues(words, io) })
    print.secretOr(answer, `Success! Data written to: ${path}`)
  },
})
