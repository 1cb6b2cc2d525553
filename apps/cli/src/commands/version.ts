import { command } from '../command.js'

/** The version of Vault whose API and command line this is; tools parse the first word after "Vault". */
export const speaks = '1.16.3'
export const own = '0.1.0'

export const version = command({
  name: 'version',
  summary: 'Print the version.',
  examples: [['What is this:', 'version']],
  async run({ print }) {
    print.value({ version: own, vault_version: speaks, name: 'chatelaine' }, () => `Vault v${speaks} (Chatelaine v${own})`)
  },
})
