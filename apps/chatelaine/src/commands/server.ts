import { command, many, storeToken, text, variable, yes, type Io, type Command } from '@chatelaine/cli'
import type { Config, DevOptions } from '@chatelaine/server'
import { onSignal } from '../signals.js'

const lingerMs = 2000

export const serverCommand: Command = command({
  name: 'server',
  summary: 'Start a Vault server. VAULT_API_ADDR is stronger than api_addr of its configuration.',
  environment: 'server',
  needs: [['dev-root-token-id', 'dev'], ['dev-listen-address', 'dev'], ['dev-kv-v1', 'dev'], ['dev-no-store-token', 'dev']],
  flags: {
    config: many('A configuration file, or a folder of .hcl and .json files. May be given several times.', 'path'),
    dev: yes('Run in memory, initialized and unsealed, with KV v2 at secret/. Not for production.'),
    'dev-root-token-id': text('The root token in -dev. Also VAULT_DEV_ROOT_TOKEN_ID.'),
    'dev-listen-address': text('Where to listen in -dev; 127.0.0.1:8200. Also VAULT_DEV_LISTEN_ADDRESS.', 'host:port'),
    'dev-kv-v1': yes('Mount KV v1 at secret/ in -dev.'),
    'dev-no-store-token': yes('Leave ~/.vault-token alone in -dev.'),
    'log-level': text('How much is logged: trace, debug, info, warn or error. Also VAULT_LOG_LEVEL.', 'level'),
  },
  examples: [
    ['Try it, with a token of your choice:', 'server -dev -dev-root-token-id=root'],
    ['Run it by a configuration file:', 'server -config=/etc/chatelaine/server.hcl'],
  ],
  doing: 'starting the server',
  async run({ flags, io }) {
    // Loaded here, because most commands only ask a server and should not wait for one to be read from disk.
    const { devConfig, emptyConfig, loadConfig, runServer, ServerError, withApiAddress } = await import('@chatelaine/server')
    const dev: DevOptions | undefined = flags.dev
      ? {
          rootToken: flags['dev-root-token-id'] ?? variable(io.env, 'DEV_ROOT_TOKEN_ID'),
          address: flags['dev-listen-address'] ?? variable(io.env, 'DEV_LISTEN_ADDRESS'),
          kvVersion: flags['dev-kv-v1'] ? '1' : '2',
        }
      : undefined
    const files = flags.config
    if (!dev && files.length === 0) throw ServerError.noConfig()
    const fromFiles = files.length > 0 ? loadConfig(files, io.env) : emptyConfig
    const leveled = await withLevel(dev ? devConfig(dev, fromFiles) : fromFiles, flags['log-level'] ?? variable(io.env, 'LOG_LEVEL'))
    const config = withApiAddress(leveled, variable(io.env, 'API_ADDR'))
    if (config.listeners.length === 0) throw ServerError.usage({ problem: 'the configuration has no listener; add listener "tcp" { … }' })
    await runServer(
      { config, dev, onDev: ({ rootToken }) => (flags['dev-no-store-token'] ? undefined : keepToken(io, rootToken)) },
      { print: (line) => void io.stdout.write(line), onSignal },
    )
    // All is closed. A handshake with a frozen etcd, which cannot be called off, shall not keep us; an idle process is not kept by this.
    setTimeout(() => process.exit(), lingerMs).unref()
  },
})

/** So that the next command needs no login. A home that cannot be written to is no reason to have no server. */
const keepToken = (io: Io, token: string): Promise<void> =>
  storeToken(io, token).catch((error: Error) => void io.stderr.write(`WARNING! ${error.message}; set VAULT_TOKEN instead\n`))

async function withLevel(config: Config, given: string | undefined): Promise<Config> {
  if (given === undefined) return config
  const { knownLevels, logLevelOf, ServerError } = await import('@chatelaine/server')
  const logLevel = logLevelOf(given)
  if (!logLevel) throw ServerError.usage({ problem: `-log-level must be one of ${knownLevels}` })
  return { ...config, logLevel }
}
