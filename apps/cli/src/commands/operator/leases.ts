import { command } from '../../command.js'
import { goText } from '../../output/go-text.js'

export const leasesStatus = command({
  name: 'operator leases status',
  summary: 'Whether leases are held: after a restore with -hold-leases nothing is revoked until they are released.',
  examples: [['Look:', 'operator leases status']],
  doing: 'reading whether leases are held',
  async run({ vault, print }) {
    const { data = {} } = await vault.request({ verb: 'read', path: 'sys/leases/hold' })
    print.data({ held: data['held'], held_since: data['held_since'] }, [
      ['Held', goText(data['held'])],
      ['Held Since', goText(data['held_since'] ?? '')],
    ])
  },
})

export const leasesRelease = command({
  name: 'operator leases release',
  summary: 'Let what is due be revoked again.',
  examples: [['After looking at what was restored:', 'operator leases release']],
  doing: 'releasing leases',
  async run({ vault, print }) {
    await vault.request({ verb: 'delete', path: 'sys/leases/hold' })
    print.success('Success! What is due will be revoked from now on.')
  },
})
