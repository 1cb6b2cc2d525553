import { isRecord } from '@chatelaine/client'
import { command } from '../../command.js'
import { CliError } from '../../errors.js'
import { mountFlag, versionedPlace } from './mount.js'
import { forPeople, showPath, showTable } from './show.js'

export const metadataGet = command({
  name: 'kv metadata get',
  summary: 'What is known about a secret and each of its versions, without its values.',
  args: ['path'],
  flags: mountFlag,
  examples: [['Look:', 'kv metadata get secret/telegram']],
  doing: ([path = '']) => `reading ${path}`,
  async run({ args: [path = ''], flags, vault, aside, print, settings }) {
    const at = (await versionedPlace(aside, path, flags.mount, 'Metadata')).at('metadata')
    const answer = await vault.request({ verb: 'read', path: at })
    if (!answer.data && !answer.wrapInfo) {
      print.warnings(answer)
      throw CliError.nothingThere({ path: at })
    }
    if (answer.wrapInfo || !forPeople(print, settings)) return print.secret(answer)
    const { versions, ...rest } = answer.data ?? {}
    print.warnings(answer)
    showPath(at, 'Metadata Path', print)
    showTable('Metadata', rest, print)
    const byNumber = Object.entries(isRecord(versions) ? versions : {}).sort(([a], [b]) => Number(a) - Number(b))
    for (const [number, version] of byNumber) {
      print.line('')
      showTable(`Version ${number}`, isRecord(version) ? version : {}, print)
    }
  },
})
