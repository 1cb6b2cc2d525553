import { command } from '../../command.js'
import { CliError } from '../../errors.js'
import { goText } from '../../output/go-text.js'

export const read = command({
  name: 'policy read',
  summary: 'The text of a policy.',
  args: ['name'],
  examples: [['Look:', 'policy read bot']],
  doing: ([name = '']) => `reading policy named ${name}`,
  async run({ args: [given = ''], vault, print }) {
    const name = given.toLowerCase()
    const { data } = await vault.request({ verb: 'read', path: `sys/policies/acl/${name}` })
    if (!data?.['policy']) throw CliError.nothing({ sentence: `No policy named: ${name}` })
    print.value({ policy: data['policy'] }, () => goText(data['policy'] ?? '').trim())
  },
})
