import { isRecord } from '@chatelaine/client'
import { command } from '../../command.js'
import { CliError } from '../../errors.js'
import { whole } from '../../flags.js'
import { mountFlag, versionedPlace } from './mount.js'

export const rollback = command({
  name: 'kv rollback',
  summary: 'Make a past version the current one, by writing it again.',
  args: ['path'],
  flags: { ...mountFlag, version: whole('Which version to return to.') },
  examples: [['To version 2:', 'kv rollback -version=2 secret/telegram']],
  doing: ([path = '']) => `rolling back ${path}`,
  async run({ args: [path = ''], flags, vault, aside, print }) {
    const version = flags.version ?? 0
    if (version < 1) throw CliError.usage({ problem: 'Missing -version flag, or it is not a positive number' })
    const where = await versionedPlace(aside, path, flags.mount, 'rollback')
    const at = where.at('data')
    const now = (await aside.request({ verb: 'read', path: at })).data
    const then = (await aside.request({ verb: 'read', path: at, input: { version } })).data
    // The write names the version that was current a moment ago, so that nobody's newer one is overwritten.
    const cas = isRecord(now?.['metadata']) ? now['metadata']['version'] : undefined
    if (cas === undefined) throw CliError.nothingThere({ path: at })
    if (!isRecord(then?.['data'])) throw CliError.nothing({ sentence: 'Cannot roll back to a version that has been deleted or does not exist' })
    print.secret(await vault.request({ verb: 'write', path: at, input: { data: then['data'], options: { cas } } }))
  },
})
