import { command } from '../../command.js'
import { whole } from '../../flags.js'
import { readValues } from '../../input/values.js'
import { CliError } from '../../errors.js'
import { mountFlag, place } from './mount.js'
import { showWritten } from './show.js'

export const put = command({
  name: 'kv put',
  summary: 'Write a secret: key=value pairs, key=@file, key=- or - for standard input, @file.json.',
  args: ['path', 'key=value...'],
  flags: { ...mountFlag, cas: whole('Only if the current version is this one; 0 only if there is none.', { from: 0 }) },
  examples: [
    ['Two values:', 'kv put secret/telegram api_id=123456 api_hash=@hash'],
    ['A password nobody sees being typed:', 'kv put secret/db password=- < password'],
  ],
  doing: ([path = '']) => `writing data to ${path}`,
  async run(given) {
    const { args: [path = '', ...words], flags, io, vault, aside } = given
    if (words.length === 0) throw CliError.noData()
    const data = await readValues(words, io)
    const where = await place(aside, path, flags.mount)
    if (!where.versioned && flags.cas !== undefined) throw CliError.noVersions({ flag: 'cas' })
    const options = flags.cas === undefined ? {} : { cas: flags.cas }
    const answer = await vault.request({ verb: 'write', path: where.at('data'), input: where.versioned ? { data, options } : data })
    showWritten(answer, where.at('data'), given)
  },
})
