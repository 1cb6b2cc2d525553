import Long from 'long'

/** Ids are compared and kept as bigints of 64 unsigned bits; TL objects carry them as Long, as mtcute's types want. */
export const toBig = (long: Long): bigint => long.toUnsigned().toBigInt()
export const toLong = (value: bigint): Long => Long.fromBigInt(BigInt.asIntN(64, value))
