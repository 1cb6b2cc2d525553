import { Type as T } from 'typebox'
import { command } from '../command.js'
import { readSecret } from '../secret.js'

/** The keys this deployment shares with those it trusts, in the very form people ask for. */
export const getKeys = command({
  name: 'get_keys',
  summary: 'API_ID and API_HASH.',
  args: T.Object({}),
  async handle({ vault, keysSecret }) {
    const secret = await readSecret(vault, keysSecret)
    if (!secret) return `Nothing is kept at ${keysSecret} yet.`
    const { api_id, api_hash } = secret
    if (api_id === undefined || api_hash === undefined) return `${keysSecret} has no api_id and api_hash.`
    return `API_ID: ${String(api_id)}\nAPI_HASH: ${String(api_hash)}`
  },
})
