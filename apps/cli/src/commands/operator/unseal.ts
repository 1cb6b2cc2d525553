import { command } from '../../command.js'
import { yes } from '../../flags.js'
import { askHidden, wholeInput } from '../../input/stdin.js'
import { leaderOf, showStatus } from '../seal-status.js'

export const unseal = command({
  name: 'operator unseal',
  summary: 'Give one share of the unseal key. It is asked for, hidden; "-" reads it from standard input.',
  args: ['[key]'],
  counts: { reset: { most: 0 } },
  flags: { reset: yes('Forget the shares given so far.'), migrate: yes('This share is for moving to another seal.') },
  examples: [['Type a share unseen:', 'operator unseal'], ['From a file:', 'operator unseal - < share']],
  doing: 'unsealing',
  async run({ args: [word], flags, io, settings, vault, print }) {
    const key = flags.reset ? undefined : word === '-' ? (await wholeInput(io)).trim() : (word ?? (await askHidden(io, 'Unseal Key', settings.interactive)))
    const input = flags.reset ? { reset: true } : { key, ...(flags.migrate && { migrate: true }) }
    const { data = {} } = await vault.request({ verb: 'write', path: 'sys/unseal', input })
    showStatus(data, await leaderOf(vault), print)
  },
})
