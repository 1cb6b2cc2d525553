import { command } from '../command.js'
import { CliError } from '../errors.js'
import { tokenArgument } from './token/whose.js'

export const unwrap = command({
  name: 'unwrap',
  summary: 'Open a wrapping token, once, and print what was inside. Without an argument the current token is opened.',
  args: ['[token]'],
  examples: [['Open what was handed over, without leaving the token in the shell history:', 'unwrap - < wrapped']],
  doing: 'unwrapping',
  async run({ args: [given], io, settings, vault, print }) {
    const token = await tokenArgument(given, io)
    const answer = await vault.request({ verb: 'write', path: 'sys/wrapping/unwrap', ...(await asWhom(token)) })
    if (!answer.data && !answer.auth && !answer.wrapInfo) throw CliError.nothing({ sentence: 'Could not find wrapped response' })
    print.secret(answer)

    // With a token of one's own the wrapping token goes in the body, so that the audit log says who opened it.
    async function asWhom(wrapping: string | undefined) {
      if (wrapping === undefined) return {}
      return settings.token ? { input: { token: wrapping } } : { token: wrapping }
    }
  },
})
