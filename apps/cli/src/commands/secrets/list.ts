import { command } from '../../command.js'
import { yes } from '../../flags.js'
import { showMounts } from '../mount-table.js'

export const list = command({
  name: 'secrets list',
  summary: 'Which secrets engines are mounted, and where.',
  flags: { detailed: yes('Everything known about each.') },
  examples: [['Look:', 'secrets list'], ['All of it:', 'secrets list -detailed']],
  doing: 'listing secrets engines',
  async run({ flags, vault, print }) {
    showMounts(await vault.request({ verb: 'read', path: 'sys/mounts' }), 'secrets', flags.detailed, print)
  },
})
