import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CryptoError } from './errors.js'
import { randomBytes } from './random.js'
import { combine, sharesOpen, split } from './shares.js'

/** GF(2^8) modulo x^8+x^4+x^3+x+1 by shift and add: shares nothing with the tables under test. */
function times(a: number, b: number): number {
  let product = 0
  for (let bit = 0; bit < 8; bit++) {
    if ((b >> bit) & 1) product ^= a
    a = a & 0x80 ? ((a << 1) ^ 0x11b) & 0xff : a << 1
  }
  return product
}

/** A share at `x` of polynomials given by their coefficients, lowest first: Vault's layout, worked out by hand. */
function shareAt(x: number, polynomials: readonly (readonly number[])[]): Uint8Array {
  const at = (coefficients: readonly number[]) => coefficients.reduceRight((sum, c) => times(sum, x) ^ c, 0)
  return Uint8Array.from([...polynomials.map(at), x])
}

const triples = (shares: readonly Uint8Array[]) =>
  shares.flatMap((a, i) => shares.slice(i + 1).flatMap((b, j) => shares.slice(i + j + 2).map((c) => [a, b, c])))

const fault = (name: string) => (error: unknown) => CryptoError.is(error) && error.fault === name

// The example keys printed in HashiCorp's public tutorials by a real `vault operator init` (5 shares, threshold 3).
const fromVault = [
  '4jYbl2CBIv6SpkKj6Hos9iD32k5RfGkLzlosrrq/JgOm',
  'B05G1DRtfYckFV5BbdBvXq0wkK5HFqB9g2jcDmNfTQiS',
  'Arig0N9rN9ezkTRo7qTB7gsIZDaonOcc53EHo83F5chA',
  '0cZE0C/gEk3YHaKjIWxhyyfs8REhqkRW/CSXTnmTilv+',
  'fYhZOseRgzxmJCmIqUdxEm9C3jB5Q27AowER9w4FC2Ck',
].map((text) => new Uint8Array(Buffer.from(text, 'base64')))

describe('shares', () => {
  it('opens shares that Vault made, whichever three are given', async () => {
    const expected = 'd24e15f5d9923ef240b269f05aec3e3f74731e9d43a886e40c9ff6e72c358535'

    const opened = await Promise.all(triples(fromVault).map(combine))

    expect(opened).toHaveLength(10)
    for (const secret of opened) expect(Buffer.from(secret).toString('hex')).toBe(expected)
  })

  it('agrees with the scheme worked out independently, byte by byte', async () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const polynomial = fc.array(byte, { minLength: 3, maxLength: 3 })
    const points = fc.uniqueArray(fc.integer({ min: 1, max: 255 }), { minLength: 3, maxLength: 3 })

    await fc.assert(
      fc.asyncProperty(fc.array(polynomial, { minLength: 1, maxLength: 32 }), points, async (polynomials, xs) => {
        const secret = await combine(xs.map((x) => shareAt(x, polynomials)))
        expect([...secret]).toEqual(polynomials.map(([constant]) => constant))
      }),
    )
  })

  it('makes shares of the values and then the point, any threshold of which open the secret', async () => {
    const secret = randomBytes(32)

    const shares = await split(secret, { shares: 5, threshold: 3 })

    expect(shares.map((share) => share.length)).toEqual([33, 33, 33, 33, 33])
    expect(new Set(shares.map((share) => share[32])).size).toBe(5)
    for (const some of triples(shares)) expect(await combine(some)).toEqual(secret)
    expect(await combine(shares)).toEqual(secret)
    expect(await combine(shares.slice(0, 2))).not.toEqual(secret)
  })

  it('makes a single share the secret itself, in memory of its own', async () => {
    const secret = randomBytes(32)

    const [share] = await split(secret, { shares: 1, threshold: 1 })

    expect(share).toEqual(secret)
    expect(share).not.toBe(secret)
    expect(await combine([share!])).toEqual(secret)
  })

  it.each([
    [0, 0, 'shares must be at least one'],
    [1.5, 1, 'shares must be at least one'],
    [3, 0, 'threshold must be at least one'],
    [3, 1, 'threshold must be greater than one for multiple shares'],
    [256, 2, 'shares must be less than 256'],
    [5, 256, 'threshold must be less than 256'],
    [3, 4, 'threshold cannot be larger than shares'],
  ])('refuses %s shares with threshold %s in the words of Vault', async (shares, threshold, sentence) => {
    await expect(split(randomBytes(32), { shares, threshold })).rejects.toThrow(sentence)
  })

  it('splits into 255 shares at most, and they open', async () => {
    const secret = randomBytes(4)

    const shares = await split(secret, { shares: 255, threshold: 255 })

    expect(await combine(shares)).toEqual(secret)
    expect(await sharesOpen(secret, shares, 255)).toBe(true)
    expect(await sharesOpen(randomBytes(4), shares, 255)).toBe(false)
  })

  it('refuses shares that cannot belong together', async () => {
    const [a, b] = await split(randomBytes(32), { shares: 3, threshold: 2 })
    const atZero = b!.with(32, 0)

    for (const shares of [[], [a!, a!], [a!, b!.subarray(1)], [a!, atZero], [a!, b!.with(32, a![32]!)]]) {
      await expect(combine(shares)).rejects.toSatisfy(fault('badShares'))
    }
  })
})
