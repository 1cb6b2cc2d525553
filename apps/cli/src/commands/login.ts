import { isRecord, type Answer, type Vault } from '@chatelaine/client'
import type { Auth } from '@chatelaine/sdk'
import { command, type Run } from '../command.js'
import { storeToken } from '../config/token-file.js'
import { foundAs, variable } from '../config/variables.js'
import { CliError } from '../errors.js'
import { text, yes } from '../flags.js'
import { askHidden, wholeInput } from '../input/stdin.js'
import { readValues } from '../input/values.js'
import { cleanPath } from '../path.js'

const flags = {
  method: text('How to log in: token, userpass, approle, or any method with a login path.'),
  path: text('Where the method is mounted, if not under its own name.'),
  'no-store': yes('Do not keep the token in ~/.vault-token.'),
  'no-print': yes('Print nothing. The token is only kept.'),
  'token-only': yes('Print only the token, and do not keep it.'),
} as const

export const login = command({
  name: 'login',
  summary: 'Log in and keep the token for the next commands. The token is asked for, hidden; "-" reads it from standard input.',
  args: ['[token or key=value...]'],
  flags,
  excludes: [['no-store', 'no-print'], ['token-only', 'no-print']],
  examples: [
    ['With a token, typed unseen:', 'login'],
    ['With a user name; the password is asked for:', 'login -method=userpass username=anna'],
    ['As a program:', 'login -method=approle role_id=bot secret_id=@secret-id'],
  ],
  doing: 'authenticating',
  async run(given) {
    const { io, print } = given
    const method = given.flags.method ?? 'token'
    const answer = method === 'token' ? await byToken(given) : await byMethod(method, given)
    const auth = answer.auth
    if (!auth) return print.secret(answer)
    const only = given.flags['token-only'] ?? false
    const store = !only && !given.flags['no-store']
    if (store) await storeToken(io, auth.client_token)
    if (only) return void io.stdout.write(auth.client_token + (io.stdout.isTTY ? '\n' : ''))
    show(given, answer, store)
  },
})

type Given = Run<typeof flags>

async function byToken({ args, io, settings, vault }: Given): Promise<Answer> {
  const token = (await givenToken(args, io)) || (await askHidden(io, 'Token', settings.interactive))
  const answer = await vault.request({ verb: 'read', path: 'auth/token/lookup-self', token })
  return { ...answer, data: undefined, auth: authOf(token, answer) }
}

/** A lone token, or `token=` and the like. Anything beside it would be passed over, so it is refused. */
async function givenToken([word, ...rest]: readonly string[], io: Given['io']): Promise<string | undefined> {
  if (word === undefined) return undefined
  if (rest.length > 0) throw CliError.tooMany({ expected: '0-1', got: rest.length + 1 })
  if (word === '-') return (await wholeInput(io)).trim()
  if (!word.includes('=')) return word
  const { token, ...unknown } = await readValues([word], io)
  if (typeof token !== 'string' || Object.keys(unknown).length > 0) throw CliError.badPair()
  return token.trim()
}

/** What a look-up tells of a token, in the form a login would have told it. */
function authOf(token: string, { data = {} }: Answer): Auth {
  const list = (name: string) => (Array.isArray(data[name]) ? data[name].filter((item) => typeof item === 'string') : [])
  const word = (name: string) => (typeof data[name] === 'string' ? data[name] : '')
  const count = (name: string) => (typeof data[name] === 'number' ? data[name] : 0)
  const [own, identity] = [list('policies'), list('identity_policies')]
  return {
    client_token: token,
    accessor: word('accessor'),
    policies: [...own, ...identity],
    token_policies: own,
    identity_policies: identity,
    metadata: isRecord(data['meta']) ? (data['meta'] as Record<string, string>) : null,
    lease_duration: count('ttl'),
    renewable: data['renewable'] === true,
    entity_id: word('entity_id'),
    token_type: word('type'),
    orphan: data['orphan'] === true,
    mfa_requirement: null,
    num_uses: count('num_uses'),
  }
}

async function byMethod(method: string, { args, flags: { path = method }, io, settings, vault }: Given): Promise<Answer> {
  const values = { ...(await readValues(args, io)) }
  const mount = `auth/${cleanPath(path)}/login`
  if (!['userpass', 'ldap', 'okta', 'radius'].includes(method)) return ask(vault, mount, values)
  const { username, ...rest } = values
  if (typeof username !== 'string') throw CliError.usage({ problem: `'username' must be specified` })
  const password = values['password'] ?? (await askHidden(io, 'Password', settings.interactive))
  return ask(vault, `${mount}/${username}`, { ...rest, password })
}

// Asked without the token of before: it has no part in this, and may long have ended.
const ask = (vault: Vault, path: string, input: Record<string, unknown>) =>
  vault.as(undefined).request({ verb: 'write', path, input })

function show({ flags: given, io, print }: Given, answer: Answer, stored: boolean): void {
  if (!stored) print.warn(notKeptSentence)
  else if (variable(io.env, 'TOKEN')) {
    const name = foundAs(io.env, 'TOKEN')
    print.warn(
      `WARNING! The ${name} environment variable is set! The value of this\n` +
        `variable will take precedence; if this is unwanted please unset ${name} or\nupdate its value accordingly.\n`,
    )
  }
  if (given['no-print']) return
  if (stored) print.success(keptSentence)
  print.secret(answer)
}

const keptSentence =
  'Success! You are now authenticated. The token information displayed below\n' +
  'is already stored in the token helper. You do NOT need to run "vault login"\n' +
  'again. Future Vault requests will automatically use this token.\n'

const notKeptSentence =
  'The token was not stored in token helper. Set the VAULT_TOKEN environment\n' +
  'variable or pass the token below with each request to Vault.\n'
