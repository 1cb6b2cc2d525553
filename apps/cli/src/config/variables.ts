import type { Io } from '../io.js'

type Env = Io['env']

/** What a variable says under OpenBao's name, `BAO_`, or else under Vault's, `VAULT_`. The first one wins also where it is empty. */
export function variable(env: Env, name: string): string | undefined {
  return (env[`BAO_${name}`] ?? env[`VAULT_${name}`]) || undefined
}

/** The full name under which a variable was found, for whoever has to say so. */
export const foundAs = (env: Env, name: string): string => (env[`BAO_${name}`] === undefined ? `VAULT_${name}` : `BAO_${name}`)

/** What every command that asks a server reads. */
const ofClients = new Set([
  'ADDR', 'AGENT_ADDR', 'CACERT', 'CACERT_BYTES', 'CAPATH', 'CLIENT_CERT', 'CLIENT_CERT_BYTES', 'CLIENT_KEY', 'CLIENT_KEY_BYTES',
  'CLIENT_TIMEOUT', 'CLI_NO_COLOR', 'DETAILED', 'DISABLE_REDIRECTS', 'FORMAT', 'MAX_RETRIES', 'MFA', 'NAMESPACE', 'SKIP_VERIFY',
  'TLS_SERVER_NAME', 'TOKEN', 'TOKEN_PATH', 'WRAP_TTL',
])

/** What the command `server` reads. */
const ofServers = new Set(['API_ADDR', 'DEV_LISTEN_ADDRESS', 'DEV_ROOT_TOKEN_ID', 'LOG_LEVEL'])

/** What a Vault server reads: none of a client's business, whatever it says. */
const meantForServers = new RegExp(
  '^(?:(?:API|CLUSTER|REDIRECT|ADVERTISE)_ADDR|(?:CLUSTER|REDIRECT)_INTERFACE|UI|LICENSE(?:_PATH)?|LOCAL_CONFIG|VERSION|EXPERIMENTS|' +
    'CONFIG_DIR|DISABLE_\\w*(?:CHECK|MLOCK)|ENABLE_\\w*CHECK|(?:DEV|LOG|RAFT|SEAL|TRANSIT|AWSKMS|AZUREKEYVAULT|GCPCKMS|OCIKMS|HSM|PLUGIN|ALLOW)_\\w+)$',
)

/** What other programs keep under the same letters: Kubernetes for each service called vault, login helpers, pipelines. */
const ofOthers = /^(?:\w+_)?(?:SERVICE_(?:HOST|PORT)|PORT)(?:_\w+)?$|^(?:ROLE|ROLE_ID|SECRET_ID|AUTH_METHOD|AUTH_ROLE|AUTH_PATH|AUTH_MOUNT|SERVER_URL|ID_TOKEN|USERNAME|PASSWORD|MOUNT)$/

/** The variables with Vault's or OpenBao's name that look as if they meant this command, and that it does not read. */
export function unread(env: Env, kind: 'client' | 'server'): string[] {
  return Object.keys(env).filter((key) => {
    const [, brand, name = ''] = /^(VAULT|BAO)_(\w+)$/.exec(key) ?? []
    if (brand === undefined || ofOthers.test(name)) return false
    if (kind === 'client') return !ofClients.has(name) && !meantForServers.test(name)
    return !ofClients.has(name) && !ofServers.has(name)
  }).sort()
}
