import { command } from '../../command.js'
import { CliError } from '../../errors.js'
import { whole } from '../../flags.js'
import { mountFlag, place } from './mount.js'
import { showSecret } from './show.js'

export const get = command({
  name: 'kv get',
  summary: 'Read a secret.',
  args: ['path'],
  flags: { ...mountFlag, version: whole('A past version instead of the latest.', { from: 1 }) },
  examples: [['All of it:', 'kv get secret/telegram'], ['One value, for a script:', 'kv get -mount=secret -field=api_id telegram']],
  doing: ([path = '']) => `reading ${path}`,
  async run(given) {
    const { args: [path = ''], flags, vault, aside } = given
    const where = await place(aside, path, flags.mount)
    const at = where.at('data')
    if (!where.versioned && flags.version !== undefined) throw CliError.noVersions({ flag: 'version' })
    const answer = await vault.request({ verb: 'read', path: at, input: flags.version === undefined ? {} : { version: flags.version } })
    if (!answer.data && !answer.wrapInfo && !answer.warnings.length) throw CliError.nothingThere({ path: at })
    showSecret(answer, at, where.versioned, given)
  },
})
