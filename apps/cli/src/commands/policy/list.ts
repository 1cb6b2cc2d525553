import { command } from '../../command.js'
import { goText } from '../../output/go-text.js'

export const list = command({
  name: 'policy list',
  summary: 'The names of all policies.',
  examples: [['Look:', 'policy list']],
  doing: 'listing policies',
  async run({ vault, print }) {
    const { data } = await vault.request({ verb: 'list', path: 'sys/policies/acl' })
    const keys = Array.isArray(data?.['keys']) ? data['keys'].map(goText) : []
    print.value(keys, () => keys.join('\n'))
  },
})
