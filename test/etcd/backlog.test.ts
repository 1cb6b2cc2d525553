import { strict } from '@chatelaine/sdk'
import { expect, it, onTestFinished } from 'vitest'
import { openProxy } from './proxy.js'
import { eventually, put, stageFor, text } from './stage.js'

const stage = stageFor({ nodes: 1 })

it('a node that was cut off while much was written catches up piece by piece, over connections that break before all of it has come', { timeout: 90_000 }, async () => {
  const proxy = await openProxy(stage.cluster.endpoints[0]!)
  onTestFinished(() => proxy.close())
  const prefix = stage.prefix()
  const [storage, writer] = [await stage.store({ prefix, endpoints: [proxy.endpoint] }), await stage.store({ prefix })]
  await writer.commit([put('k', 'old')])
  await storage.catchUp()
  proxy.cut()
  for (let n = 0; n < 24; n++) await writer.commit([{ put: `big/${n % 3}`, value: new Uint8Array(400_000).fill(n) }])
  await writer.commit([put('k', 'new')])
  proxy.breakAfter(4_000_000)
  proxy.heal()

  await eventually(() => storage.catchUp().then(() => true, () => false), 60_000)
  proxy.breakAfter(Infinity)
  expect(text(await strict(storage).get('k'))).toBe('new')
})
