import { command } from '../../command.js'

export const seal = command({
  name: 'operator seal',
  summary: 'Seal the server: it forgets its key and answers nothing until it is unsealed again.',
  examples: [['In an emergency:', 'operator seal']],
  doing: 'sealing',
  async run({ vault, print }) {
    await vault.request({ verb: 'write', path: 'sys/seal' })
    print.success('Success! Vault is sealed.')
  },
})
