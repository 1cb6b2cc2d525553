// A Vault inside this process: data passes in memory, through the same rooms as over any wire.
import { createVault, inProcess } from '@chatelaine/client'
import { devConfig, foundDevVault, openLog, startServer } from '@chatelaine/server'

const config = { ...devConfig({}), listeners: [] }
const server = await startServer({ config, log: openLog(config) })
try {
  const { rootToken } = await foundDevVault(server.core, {})
  const vault = createVault({ address: 'inproc:', transport: inProcess(server.core.handle), token: rootToken })

  await vault.write('secret/data/telegram', { data: { api_id: '123456' } })
  const secret = await vault.read('secret/data/telegram')

  process.stdout.write(`${JSON.stringify(secret?.['data'])}\n`)
} finally {
  await server.close()
}
