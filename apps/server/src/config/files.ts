import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { HclError } from '@chatelaine/hcl'
import { ServerError } from '../errors.js'
import { asAddress } from './addresses.js'
import { emptyConfig, type Config } from './config.js'
import { readConfig } from './read.js'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads files, and folders of `.hcl` and `.json` files, one over the other in the order given. Errors name file, line, column.
 * What `env` says under the names that Vault's etcd storage reads counts where the files say nothing.
 */
export function loadConfig(paths: readonly string[], env: Environment = {}): Config {
  const config = { ...withEnvironment(paths.flatMap(filesAt).reduce(readOver, emptyConfig), env), files: paths }
  const { defaultLeaseTtl: standard, maxLeaseTtl: longest } = config
  if (standard > longest) throw ServerError.ttlOrder({ standard, longest })
  return config
}

export function withEnvironment(config: Config, env: Environment): Config {
  const { storage } = config
  if (storage?.type !== 'etcd') return config
  const endpoints = storage.endpoints.length > 0 ? storage.endpoints : (env['ETCD_ADDR'] ?? '').split(',').filter((one) => one !== '')
  const discoverySrv = storage.discoverySrv ?? env['ETCD_DISCOVERY_SRV']
  if (endpoints.length === 0 && discoverySrv === undefined) throw ServerError.noEndpoints()
  const [username, password] = [storage.username ?? env['ETCD_USERNAME'], storage.password ?? env['ETCD_PASSWORD']]
  return { ...config, storage: { ...storage, endpoints, discoverySrv, username, password } }
}

/** The address that a variable of the environment gives, which is stronger than the files'. Templates are evaluated as in a file. */
export function withApiAddress(config: Config, given: string | undefined): Config {
  if (given === undefined) return config
  try {
    return { ...config, apiAddress: asAddress({ kind: 'string', value: given, at: { line: 1, column: 1 } }) }
  } catch (error) {
    if (HclError.is(error)) throw ServerError.usage({ problem: `VAULT_API_ADDR: ${error.sentence}` })
    throw error
  }
}

function readOver(base: Config, file: string): Config {
  try {
    const config = readConfig(readText(file), base)
    const added = config.warnings.slice(base.warnings.length).map((warning) => `${file}: ${warning}`)
    return { ...config, warnings: [...base.warnings, ...added] }
  } catch (error) {
    if (HclError.is(error)) throw ServerError.config({ file, problem: error.message })
    throw error
  }
}

function filesAt(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    return readdirSync(path).filter((name) => /\.(hcl|json)$/.test(name)).sort().map((name) => join(path, name))
  } catch (cause) {
    throw ServerError.unreadable({ what: 'configuration', file: path, reason: reasonOf(cause) }, { cause })
  }
}

export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw ServerError.unreadable({ what: 'configuration', file, reason: reasonOf(cause) }, { cause })
  }
}

/** The operating system's word for it. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
