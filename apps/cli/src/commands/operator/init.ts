import type { Data } from '@chatelaine/client'
import { command, type Run } from '../../command.js'
import { many, text, whole, yes } from '../../flags.js'

const flags = {
  'key-shares': whole('Into how many shares the unseal key is split. 5 if left out. Short form -n.'),
  'key-threshold': whole('How many of them unseal. 3 if left out. Short form -t.'),
  'recovery-shares': whole('Shares of the recovery key, where the server unseals itself. 5 if left out.'),
  'recovery-threshold': whole('How many recovery shares count as all. 3 if left out.'),
  'pgp-keys': many('Public keys to encrypt the shares with.'),
  'recovery-pgp-keys': many('Public keys to encrypt the recovery shares with.'),
  'root-token-pgp-key': text('Public key to encrypt the root token with.'),
  status: yes('Only say whether the server is initialised: exit code 0 if so, 2 if not.'),
} as const

export const init = command({
  name: 'operator init',
  summary: 'Initialise the server: makes the root key and prints its shares and the first root token, once.',
  flags,
  examples: [['Five shares, any three unseal:', 'operator init'], ['One share, for a test:', 'operator init -key-shares=1 -key-threshold=1']],
  doing: 'initializing',
  async run(given) {
    if (given.flags.status) return isInitialized(given)
    const recovery = (await given.aside.read('sys/seal-status'))?.['recovery_seal'] === true
    const asked = recovery ? recoveryInput(given.flags) : shareInput(given.flags)
    const { data } = await given.vault.request({ verb: 'write', path: 'sys/init', input: asked })
    const made = withCounts(data ?? {}, asked)
    const { print, settings } = given
    if (print.format === 'table' && settings.field === undefined) print.line(forPeople(made))
    else print.data(made)
  },
})

type Flags = Run<typeof flags>['flags']

const shareInput = (given: Flags) => ({
  secret_shares: given['key-shares'] || 5,
  secret_threshold: given['key-threshold'] || 3,
  ...(given['pgp-keys'].length && { pgp_keys: given['pgp-keys'] }),
  ...(given['root-token-pgp-key'] && { root_token_pgp_key: given['root-token-pgp-key'] }),
  // Not dropped: a server without recovery shares says that it has none.
  ...(given['recovery-shares'] && { recovery_shares: given['recovery-shares'] }),
  ...(given['recovery-threshold'] && { recovery_threshold: given['recovery-threshold'] }),
})

const recoveryInput = (given: Flags) => ({
  ...(given['recovery-pgp-keys'].length && { recovery_pgp_keys: given['recovery-pgp-keys'] }),
  ...(given['root-token-pgp-key'] && { root_token_pgp_key: given['root-token-pgp-key'] }),
  recovery_shares: given['recovery-shares'] || given['key-shares'] || 5,
  recovery_threshold: given['recovery-threshold'] || given['key-threshold'] || 3,
})

async function isInitialized({ vault, print }: Run<typeof flags>): Promise<number> {
  const { data } = await vault.request({ verb: 'read', path: 'sys/init' })
  const initialized = data?.['initialized'] === true
  // Vault's command line spells the field so.
  print.value({ Initialized: initialized }, () => `Vault is ${initialized ? '' : 'not '}initialized`)
  return initialized ? 0 : 2
}

/** The answer under the names Vault's command line gives it. */
function withCounts(data: Data, asked: Data): Data {
  return {
    unseal_keys_b64: data['keys_base64'] ?? [],
    unseal_keys_hex: data['keys'] ?? [],
    unseal_shares: asked['secret_shares'] ?? 1,
    unseal_threshold: asked['secret_threshold'] ?? 1,
    recovery_keys_b64: data['recovery_keys_base64'] ?? [],
    recovery_keys_hex: data['recovery_keys'] ?? [],
    recovery_keys_shares: asked['recovery_shares'] ?? 0,
    recovery_keys_threshold: asked['recovery_threshold'] ?? 0,
    root_token: data['root_token'] ?? '',
  }
}

function forPeople(made: Data): string {
  const list = (name: string) => (Array.isArray(made[name]) ? (made[name] as unknown[]).map(String) : [])
  const numbered = (kind: string, keys: readonly string[]) => keys.map((key, i) => `${kind} Key ${i + 1}: ${key}`)
  const keys = [...numbered('Unseal', list('unseal_keys_b64')), ...numbered('Recovery', list('recovery_keys_b64'))]
  const advice = list('recovery_keys_b64').length ? recoveryAdvice(made) : shareAdvice(made)
  return [...keys, '', `Initial Root Token: ${String(made['root_token'])}`, '', ...advice].join('\n')
}

const recoveryAdvice = (made: Data) => [
  'Success! Vault is initialized', '',
  `Recovery key initialized with ${String(made['recovery_keys_shares'])} key shares and a key threshold of ${String(made['recovery_keys_threshold'])}. Please`,
  'securely distribute the key shares printed above.',
]

const shareAdvice = ({ unseal_shares: shares, unseal_threshold: threshold }: Data) => [
  `Vault initialized with ${String(shares)} key shares and a key threshold of ${String(threshold)}. Please securely`,
  'distribute the key shares printed above. When the Vault is re-sealed,',
  `restarted, or stopped, you must supply at least ${String(threshold)} of these keys to unseal it`,
  'before it can start servicing requests.', '',
  `Vault does not store the generated root key. Without at least ${String(threshold)} keys to`,
  'reconstruct the root key, Vault will remain permanently sealed!',
]
