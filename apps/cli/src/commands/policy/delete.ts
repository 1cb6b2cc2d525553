import { command } from '../../command.js'

export const remove = command({
  name: 'policy delete',
  summary: 'Delete a policy. Tokens that name it lose what it granted at once.',
  args: ['name'],
  examples: [['Remove one:', 'policy delete bot']],
  doing: ([name = '']) => `deleting policy ${name}`,
  async run({ args: [given = ''], vault, print }) {
    const name = given.toLowerCase()
    await vault.request({ verb: 'delete', path: `sys/policies/acl/${name}` })
    print.success(`Success! Deleted policy: ${name}`)
  },
})
