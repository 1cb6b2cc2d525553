import { command } from '../../command.js'
import { CliError } from '../../errors.js'
import { many } from '../../flags.js'
import { mountFlag, versionedPlace } from './mount.js'

const flags = { ...mountFlag, versions: many('Which versions.', '1,2', { selects: true }) } as const

export const undelete = acting('undelete', 'Bring back deleted versions.')
export const destroy = acting('destroy', 'Remove versions for good. Nothing brings them back.')

function acting(what: 'undelete' | 'destroy', summary: string) {
  return command({
    name: `kv ${what}`,
    summary,
    args: ['path'],
    flags,
    examples: [['One version:', `kv ${what} -versions=3 secret/telegram`]],
    doing: ([path = '']) => `writing data to ${path}`,
    async run({ args: [path = ''], flags: given, vault, aside, print }) {
      if (given.versions.length === 0) throw CliError.usage({ problem: 'No versions provided, use the "-versions" flag to specify the versions.' })
      const where = await versionedPlace(aside, path, given.mount, what === 'destroy' ? 'Destroy' : 'Undelete')
      const answer = await vault.request({ verb: 'write', path: where.at(what), input: { versions: versionsOf(given.versions) } })
      print.secretOr(answer, `Success! Data written to: ${where.at(what)}`)
    },
  })
}

export function versionsOf(given: readonly string[]): number[] {
  if (!given.every((word) => /^\d+$/.test(word))) throw CliError.badFlag({ flag: 'versions', wanted: 'whole numbers' })
  return given.map(Number)
}
