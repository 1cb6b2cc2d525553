import { command } from '../../command.js'
import { yes } from '../../flags.js'
import { showMounts } from '../mount-table.js'

export const list = command({
  name: 'auth list',
  summary: 'Which auth methods are enabled, and where.',
  flags: { detailed: yes('Everything known about each.') },
  examples: [['Look:', 'auth list']],
  doing: 'listing enabled authentications',
  async run({ flags, vault, print }) {
    showMounts(await vault.request({ verb: 'read', path: 'sys/auth' }), 'auth', flags.detailed, print)
  },
})
