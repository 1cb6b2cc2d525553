import { command } from '../../command.js'
import { CliError } from '../../errors.js'
import { many } from '../../flags.js'
import { mountFlag, place } from './mount.js'
import { versionsOf } from './versions.js'

export const remove = command({
  name: 'kv delete',
  summary: 'Delete the latest version of a secret, or those named. Until it is destroyed, undelete brings it back.',
  args: ['path'],
  flags: { ...mountFlag, versions: many('Which versions, if not the latest.', '1,2', { selects: true }) },
  examples: [['The latest:', 'kv delete secret/telegram'], ['Two past ones:', 'kv delete -versions=1,2 secret/telegram']],
  doing: ([path = '']) => `deleting ${path}`,
  async run({ args: [path = ''], flags, vault, aside, print }) {
    const where = await place(aside, path, flags.mount)
    if (!where.versioned && flags.versions.length > 0) throw CliError.noVersions({ flag: 'versions' })
    const answer = flags.versions.length > 0
      ? await vault.request({ verb: 'write', path: where.at('delete'), input: { versions: versionsOf(flags.versions) } })
      : await vault.request({ verb: 'delete', path: where.at('data') })
    print.secretOr(answer, `Success! Data deleted (if it existed) at: ${where.at('data')}`)
  },
})
