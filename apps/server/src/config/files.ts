import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { HclError } from '@chatelaine/hcl'
import { ServerError } from '../errors.js'
import { emptyConfig, type Config } from './config.js'
import { readConfig } from './read.js'

/** Reads files, and folders of `.hcl` and `.json` files, one over the other in the order given. Errors name file, line, column. */
export function loadConfig(paths: readonly string[]): Config {
  const config = paths.flatMap(filesAt).reduce(readOver, emptyConfig)
  const { defaultLeaseTtl: standard, maxLeaseTtl: longest } = config
  if (standard > longest) throw ServerError.ttlOrder({ standard, longest })
  return config
}

function readOver(base: Config, file: string): Config {
  try {
    return readConfig(readText(file), base)
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

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw ServerError.unreadable({ what: 'configuration', file, reason: reasonOf(cause) }, { cause })
  }
}

/** The operating system's word for it. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
