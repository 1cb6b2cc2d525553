import { expect, it } from 'vitest'
import { inSlices, type Sliced } from './slices.js'

const spin = () => {
  const end = performance.now() + 3
  while (performance.now() < end);
}

it('work in pieces lets others run between its pieces, and all such work takes turns', async () => {
  const order: string[] = []
  function* work(name: string): Sliced<string> {
    for (let i = 0; i < 4; i++) {
      spin()
      order.push(name)
      yield
    }
    return name
  }
  let turns = 0
  const count = () => {
    turns += 1
    if (order.length < 8) setImmediate(count)
  }
  setImmediate(count)

  expect(await Promise.all([inSlices(work('a')), inSlices(work('b'))])).toEqual(['a', 'b'])

  expect(order.join('')).toBe('abababab')
  expect(turns).toBeGreaterThan(3)
})

it('work that fails rejects, and what stands behind it goes on', async () => {
  function* fails(): Sliced<void> {
    yield
    throw new Error('no')
  }
  function* works(): Sliced<number> {
    yield
    yield
    return 1
  }
  const [failed, worked] = [inSlices(fails()), inSlices(works())]
  await expect(failed).rejects.toThrow('no')
  expect(await worked).toBe(1)
})
