import { command } from '../command.js'
import { CliError } from '../errors.js'
import { yes } from '../flags.js'
import { readValues } from '../input/values.js'
import { cleanPath } from '../path.js'

export const write = command({
  name: 'write',
  summary: 'Write data to a path: key=value pairs, key=@file, key=- or - for standard input, @file.json.',
  args: ['path', '[data...]'],
  flags: { force: yes('Write although there is no data. Short form -f.') },
  examples: [
    ['Make a key for encrypting:', 'write -f transit/keys/mail'],
    ['Log in with AppRole, the secret id from standard input:', 'write auth/approle/login role_id=bot secret_id=-'],
  ],
  doing: ([path = '']) => `writing data to ${cleanPath(path)}`,
  async run({ args: [given = '', ...words], flags, io, vault, print }) {
    const path = cleanPath(given)
    if (words.length === 0 && !flags.force) throw CliError.noData()
    const answer = await vault.request({ verb: 'write', path, input: await readValues(words, io) })
    print.secretOr(answer, `Success! Data written to: ${path}`)
  },
})
