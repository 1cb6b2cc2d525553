import { engine } from '@chatelaine/sdk'
import { configPath } from './config.js'
import { loginPath } from './login.js'
import { renewedBy } from './role-storage.js'
import { rolePath, rolesPath } from './roles.js'

export { TelegramError } from './errors.js'

/** Tokens for people who write to the userbot. */
export const telegramAuth = engine({
  type: 'telegram',
  help: 'The userbot vouches for who sent a message; the sender gets a short-lived token with his own policies.',
  paths: [configPath, rolesPath, rolePath, loginPath],
  renew: ({ storage }, { metadata: { telegram_user_id: id = '', role = '' } }) => renewedBy(storage, Number(id), role.split(',')),
})
