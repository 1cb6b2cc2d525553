import { randomInt } from 'node:crypto'

/**
 * An address of 127.0.0.0/8, all of which Linux answers on, for a program that has to be told its address and port before it
 * starts. Chosen at random among 16 million, so that whoever runs beside it has another: no port is looked for and bound later.
 */
export const ownAddress = (): string => `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`
