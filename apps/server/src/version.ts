/** The version of Vault whose behaviour this server has; clients parse it and decide by it. */
export const vaultVersion = '1.16.3'

/** Our own name and version, beside the one above. */
export const build = 'chatelaine 0.1.0'
