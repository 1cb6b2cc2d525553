import { isRecord, usualPace, type Vault } from '@chatelaine/client'
import { command } from '../../command.js'
import { CliError } from '../../errors.js'
import { goText } from '../../output/go-text.js'
import { cleanPath, mountName } from '../../path.js'

export const move = command({
  name: 'secrets move',
  summary: 'Move a secrets engine to another path, with all it keeps.',
  args: ['source', 'destination'],
  examples: [['Rename team/ to crew/:', 'secrets move team crew']],
  doing: ([from = '', to = '']) => `moving secrets engine ${mountName(from)} to ${mountName(to)}`,
  async run({ args: [from = '', to = ''], vault, print }) {
    const { data } = await vault.request({ verb: 'write', path: 'sys/remount', input: { from: cleanPath(from), to: cleanPath(to) } })
    const id = data?.['migration_id']
    const what = `moving secrets engine ${mountName(from)} to ${mountName(to)}`
    if (id === undefined) return print.success(`Success! Moved secrets engine ${mountName(from)} to: ${mountName(to)}`)
    print.success(`Started ${what}, with migration ID ${goText(id)}`)
    await finished(vault, goText(id))
    print.success(`Success! Finished ${what}, with migration ID ${goText(id)}`)
  },
})

async function finished(vault: Vault, id: string): Promise<void> {
  for (;;) {
    const { data } = await vault.request({ verb: 'read', path: `sys/remount/status/${id}` })
    const state = isRecord(data?.['migration_info']) ? data['migration_info']['status'] : undefined
    if (state === 'success') return
    if (state !== 'in-progress') throw CliError.nothing({ sentence: `the move ended as: ${goText(state)}` })
    await usualPace.sleep(250)
  }
}
