// Reads a secret over VAULT_ADDR (http, https, unix:///path) with VAULT_TOKEN. The type of the answer is that of the engine.
import type { kvV2 } from '@chatelaine/builtin'
import { ClientError, createVault } from '@chatelaine/client'

const [path = 'telegram'] = process.argv.slice(2)
const vault = createVault({ address: process.env['VAULT_ADDR'] ?? 'http://127.0.0.1:8200', token: process.env['VAULT_TOKEN'] })
const say = (line: string) => process.stdout.write(`${line}\n`)
const secret = vault.mount<typeof kvV2>('secret')

try {
  const found = await secret.read('data/{path+}', { path })
  say(found ? `${path}, version ${found.metadata.version}: ${Object.keys(found.data ?? {}).join(', ')}` : `nothing at ${path}`)
} catch (error) {
  if (!ClientError.denied.is(error)) throw error
  say(`you may not read ${path}`)
  process.exitCode = 2
}
