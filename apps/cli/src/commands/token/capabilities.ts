import { command } from '../../command.js'
import { CliError } from '../../errors.js'
import { goText } from '../../output/go-text.js'
import { tokenArgument } from './whose.js'

export const capabilities = command({
  name: 'token capabilities',
  summary: 'What a token may do at a path: the one in use, or another given first ("-" reads it from standard input).',
  args: ['[token]', 'path'],
  examples: [['May I write here:', 'token capabilities secret/data/telegram']],
  doing: 'listing capabilities',
  async run({ args, io, vault, print }) {
    // As typed: a slash at its end asks about the folder.
    const path = args.at(-1) ?? ''
    if (path.trim() === '') throw CliError.emptyArgument({ name: 'path' })
    const token = args.length > 1 ? await tokenArgument(args[0], io) : undefined
    const where = token === undefined ? 'sys/capabilities-self' : 'sys/capabilities'
    const { data = {} } = await vault.request({ verb: 'write', path: where, input: { paths: [path], ...(token && { token }) } })
    const found = data[path] ?? data['capabilities']
    const list = Array.isArray(found) ? found.map(goText).sort() : []
    print.value(list, () => list.join(', '))
  },
})
