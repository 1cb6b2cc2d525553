import { command } from '../../command.js'
import { CliError } from '../../errors.js'
import { text, yes } from '../../flags.js'
import { tokenArgument } from './whose.js'

export const revoke = command({
  name: 'token revoke',
  summary: 'End a token and all it has made ("-" reads it from standard input).',
  args: ['token'],
  counts: { self: { least: 0, most: 0 } },
  excludes: [['self', 'accessor'], ['self', 'mode'], ['accessor', 'mode']],
  flags: {
    self: yes('The token in use.'),
    accessor: yes('The argument is an accessor.'),
    mode: text('orphan: what it made lives on. path: every token made under this path.', 'string', { selects: true }),
  },
  examples: [['By its accessor:', 'token revoke -accessor 9793c9b3'], ['The one in use:', 'token revoke -self']],
  doing: 'revoking token',
  async run({ args: [word], flags, io, vault, print }) {
    const given = await tokenArgument(word, io)
    if (!flags.self && given === undefined) throw CliError.tooFew({ expected: '1', got: 0 })
    await vault.request({ verb: 'write', ...request(flags, given ?? '') })
    print.success('Success! Revoked token (if it existed)')
  },
})

function request({ self, accessor, mode }: { self?: boolean | undefined; accessor?: boolean | undefined; mode?: string | undefined }, given: string) {
  if (self) return { path: 'auth/token/revoke-self' }
  if (accessor) return { path: 'auth/token/revoke-accessor', input: { accessor: given } }
  if (mode === 'path') return { path: `sys/leases/revoke-prefix/${given}` }
  if (mode === 'orphan') return { path: 'auth/token/revoke-orphan', input: { token: given } }
  if (mode !== undefined) throw CliError.badFlag({ flag: 'mode', wanted: 'orphan or path' })
  return { path: 'auth/token/revoke', input: { token: given } }
}
