// A process that opens what it is sent, wipes it, and stays: for a test that looks into its memory.
import * as crypto from '@chatelaine/crypto'

process.on('message', async ({ way, key, nonce, sealed }) => {
  const at = { key: Buffer.from(key, 'hex'), nonce: Buffer.from(nonce, 'hex') }
  for (const one of sealed) crypto.zero(crypto[way](at, Buffer.from(one, 'hex'), new Uint8Array(0)))
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(() => resolve(globalThis.gc())))
  process.send('done')
})
process.on('disconnect', () => process.exit())
