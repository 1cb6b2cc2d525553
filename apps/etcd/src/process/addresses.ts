import { randomInt } from 'node:crypto'

/**
 * Addresses in a row from 127.0.0.0/8, all of which Linux answers on. They are chosen at random among some 14 million, so that
 * clusters which start at the same time need not look for free ports and cannot take each other's.
 */
export function ownAddresses(count: number): string[] {
  const [network, last] = [`127.${randomInt(1, 255)}.${randomInt(0, 256)}`, randomInt(1, 220)]
  return Array.from({ length: count }, (_, i) => `${network}.${last + i}`)
}
