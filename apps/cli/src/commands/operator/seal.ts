import type { Data } from '@chatelaine/client'
import { command } from '../../command.js'
import { yes } from '../../flags.js'

export const seal = command({
  name: 'operator seal',
  summary: 'Seal the server: it forgets its key and answers nothing until it is unsealed again.',
  flags: { all: yes('Seal every node that shares its storage, and say which are known to be. Exit code 2 when some have not said so.') },
  examples: [['In an emergency:', 'operator seal'], ['On every node:', 'operator seal -all']],
  doing: 'sealing',
  async run({ flags, vault, print }) {
    if (!flags.all) {
      await vault.request({ verb: 'write', path: 'sys/seal' })
      return print.success('Success! Vault is sealed.')
    }
    const { data = {} } = await vault.request({ verb: 'write', path: 'sys/seal', input: { all: true } })
    const [sealed, unconfirmed] = [names(data, 'sealed'), names(data, 'unconfirmed')]
    print.value({ sealed, unconfirmed }, () => `Success! Sealed: ${sealed.join(', ')}`)
    if (unconfirmed.length === 0) return 0
    print.warn(`Not known to be sealed: ${unconfirmed.join(', ')}. They seal themselves as soon as they reach their storage, and serve nothing before.`)
    return 2
  },
})

const names = (data: Data, field: string): string[] => (Array.isArray(data[field]) ? data[field].map(String) : [])
