import { engine, memoryStorage } from '@chatelaine/sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { movableClock } from '../testing/clock.js'
import { catalogue } from './catalogue.js'
import { newMount } from './entry.js'
import { Mounts } from './table.js'

const plain = engine({ type: 'plain', help: '', paths: [] })

async function table(addresses: readonly string[]) {
  const mounts = new Mounts({
    storage: memoryStorage(), clock: movableClock(), ttls: { defaultLeaseTtl: 1, maxLeaseTtl: 1 }, catalogue: catalogue({ secret: [plain], auth: [plain] }),
  })
  await mounts.change(() =>
    addresses.map((address) =>
      newMount(address.startsWith('auth/') ? { kind: 'auth', path: address.slice(5), type: 'plain' } : { kind: 'secret', path: address, type: 'plain' }),
    ),
  )
  return mounts
}

/** The longest address that the path, taken as a folder, begins with. */
function reference(addresses: readonly string[], path: string) {
  const fits = addresses.filter((address) => `${path.replace(/\/$/, '')}/`.startsWith(address)).sort((a, b) => b.length - a.length)
  return fits[0] === undefined ? undefined : [fits[0], path.slice(fits[0].length)]
}

describe('the router', () => {
  it('finds the longest mount, whatever is mounted where', async () => {
    const segment = fc.constantFrom('a', 'b', 'ab', 'auth', 'kv')
    const segments = fc.array(segment, { minLength: 1, maxLength: 5 })
    const address = segments.map((parts) => `${parts.join('/')}/`).filter((made) => made !== 'auth/')
    const path = fc.tuple(segments, fc.constantFrom('', '/')).map(([parts, end]) => parts.join('/') + end)
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(address, { maxLength: 6 }), fc.array(path, { maxLength: 12 }), async (addresses, paths) => {
        const mounts = await table(addresses)
        for (const asked of paths) {
          const route = await mounts.route(asked)
          expect(route && [route.mount.address, route.rest]).toEqual(reference(addresses, asked))
        }
      }),
    )
  })

  it('takes a name for no more than itself', async () => {
    const mounts = await table(['kv/', 'auth/kv/'])

    expect((await mounts.route('kv'))?.mount.address).toBe('kv/')
    expect(await mounts.route('kv2/x')).toBeUndefined()
    expect(await mounts.route('/kv/x')).toBeUndefined()
    expect(await mounts.route('')).toBeUndefined()
    expect((await mounts.route('auth/kv/login'))?.rest).toBe('login')
  })
})
