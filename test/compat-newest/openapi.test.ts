import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { schemes, startVault } from '../support/server.js'

const script = fileURLToPath(new URL('openapi_client.py', import.meta.url))
const run = promisify(execFile)

it.each(schemes)("the OpenAPI document is valid, and the client that is made from it works for KV, tokens and sys over %s", async (scheme) => {
  const vault = await startVault(scheme)
  try {
    const env = { ...process.env, VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken, ...(vault.caFile && { VAULT_CACERT: vault.caFile }) }

    const { stdout } = await run(process.env['COMPAT_PYTHON'] ?? 'python3', [script], { env })

    expect(stdout.trim().split('\n')).toEqual(['the document is valid OpenAPI', 'a client is made from all of it', 'kv works', 'tokens works', 'system works'])
  } finally {
    await vault.close()
  }
})
