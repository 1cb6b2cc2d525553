import { Type as T } from 'typebox'
import { command } from '../command.js'

/** What the Vault knows the sender as: nothing about anybody else, and never a token. */
export const whoami = command({
  name: 'whoami',
  summary: 'Who the Vault takes you for.',
  args: T.Object({}),
  async handle({ vault, senderId }) {
    const self = await vault.read('auth/token/lookup-self')
    const policies = Array.isArray(self?.['policies']) ? self['policies'].join(', ') : 'none'
    return `Telegram id: ${senderId}\nName: ${String(self?.['display_name'] ?? '')}\nPolicies: ${policies}`
  },
})
