import { command } from '../command.js'
import { storedToken } from '../config/token-file.js'

export const printToken = command({
  name: 'print token',
  summary: 'Print the token in use: VAULT_TOKEN, or the one that login stored.',
  examples: [['For a tool that wants it:', 'print token']],
  async run({ io, settings, print }) {
    const token = settings.token ?? (await storedToken(io)) ?? ''
    print.line(token)
  },
})
