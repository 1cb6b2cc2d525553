/**
 * What lies where in a key/value mount's storage. Version 1 and version 2 keep apart, so that one can become the other
 * in place.
 *
 * ```
 * data/<path>           version 1: the secret
 * config                version 2: the mount's settings; while it is there, version 1 writes nothing
 * metadata/<path>       version 2: a secret's history and settings
 * versions/<path>/<n>   version 2: the value at version n
 * ```
 *
 * Names are readable by whoever can read storage keys; values, settings and custom metadata are not. Vault encrypts
 * version 2's names. We do not: a listing is what storage itself lists, in order and in pages of any size, where a
 * folder of encrypted names would have to be fetched and opened whole before the first name could be told. So a name is
 * no place for a secret.
 *
 * A number ends every key under `versions/`, so `a/1` at version 2 (`versions/a/1/2`) never meets `a` at version 1.
 */
export const configKey = 'config'
export const plainRoot = 'data/'
export const historyRoot = 'metadata/'

export const plainKey = (path: string) => plainRoot + path
export const historyKey = (path: string) => historyRoot + path
export const versionKey = (path: string, version: number) => `versions/${path}/${version}`
