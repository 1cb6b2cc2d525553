import { command } from '../../command.js'
import { duration, yes } from '../../flags.js'
import { tokenArgument } from './whose.js'

export const renew = command({
  name: 'token renew',
  summary: 'Give a token a longer life: the one in use, or another ("-" reads it from standard input).',
  args: ['[token]'],
  counts: { accessor: { least: 1 } },
  flags: { increment: duration('By how much. Short form -i.'), accessor: yes('The argument is an accessor.') },
  examples: [['The token in use:', 'token renew'], ['For an hour:', 'token renew -increment=1h']],
  doing: 'renewing token',
  async run({ args: [word], flags, io, vault, print }) {
    const given = await tokenArgument(word, io)
    const seconds = Math.ceil(flags.increment?.seconds ?? 0)
    const longer = seconds < 1 ? {} : { increment: seconds }
    if (given === undefined) return print.secret(await vault.request({ verb: 'write', path: 'auth/token/renew-self', input: longer }))
    const [path, input] = flags.accessor ? ['auth/token/renew-accessor', { accessor: given }] : ['auth/token/renew', { token: given }]
    print.secret(await vault.request({ verb: 'write', path, input: { ...input, ...longer } }))
  },
})
