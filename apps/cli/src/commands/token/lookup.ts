import { command } from '../../command.js'
import { yes } from '../../flags.js'
import { tokenArgument } from './whose.js'

export const lookup = command({
  name: 'token lookup',
  summary: 'What is known about a token: the one in use, or another ("-" reads it from standard input).',
  args: ['[token]'],
  counts: { accessor: { least: 1 } },
  flags: { accessor: yes('The argument is an accessor.') },
  examples: [['The token in use:', 'token lookup'], ['By its accessor:', 'token lookup -accessor 9793c9b3']],
  doing: 'looking up token',
  async run({ args: [word], flags, io, vault, print }) {
    const given = await tokenArgument(word, io)
    if (given === undefined) return print.secret(await vault.request({ verb: 'read', path: 'auth/token/lookup-self' }))
    const [path, input] = flags.accessor ? ['auth/token/lookup-accessor', { accessor: given }] : ['auth/token/lookup', { token: given }]
    print.secret(await vault.request({ verb: 'write', path, input }))
  },
})
