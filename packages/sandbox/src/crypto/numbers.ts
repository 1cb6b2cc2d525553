/** Numbers as MTProto writes them: big-endian, and 256 bytes long where it says 2048 bits. */
export function toNumber(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

export function toBytes(value: bigint, length = 256): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex'))
}

/** Square and multiply. Not constant-time, which a server that guards nothing real can afford. */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

const PRIME =
  'c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4dbfa336f6e0ac92513' +
  '9543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f642477fe96bb2a941d5bcd1d4ac8cc4988' +
  '0708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4' +
  'b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f' +
  '0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b'

/** The group Telegram's own servers use: clients know it and skip a primality test that takes seconds. */
export const group = { g: 3, p: BigInt(`0x${PRIME}`), prime: toBytes(BigInt(`0x${PRIME}`)) } as const

/**
 * Within 2^1984 of neither end, as both sides must check
 * (https://core.telegram.org/mtproto/auth_key#dh-key-exchange-complete): a tiny or huge value gives the secret away.
 */
export function safeInGroup(value: bigint): boolean {
  const margin = 1n << 1984n
  return value > margin && value < group.p - margin
}
