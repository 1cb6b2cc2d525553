import type { TokenEntry } from './entry.js'

/** Where everything about tokens lies. A token's own name there is a keyed hash of it, so names tell nothing. */
export const saltKey = 'sys/token/salt'
export const idKey = (key: string) => `sys/token/id/${key}`
export const accessorKey = (hashed: string) => `sys/token/accessor/${hashed}`
export const childKey = (parent: string, child: string) => `sys/token/parent/${parent}/${child}`
export const expiryPrefix = 'sys/token/expire/'

/**
 * The place in the order of expiry. Its folder is the first whole second at which the token is over, so nothing is listed as due
 * that still lives. Times sort as text when they have one length.
 */
export const expiryKey = (time: number, key: string) => `${expiryPrefix}${String(dueAt(time)).padStart(12, '0')}/${key}`

export const dueAt = (time: number) => Math.ceil(time)

/** The second that a folder of the order of expiry stands for. */
export const timeOf = (folder: string) => Number(folder.slice(0, -1))

/** Every row that belongs beside a token's record; `accessor` is the hashed one. */
export const rowsBeside = (key: string, { parent, expireTime }: TokenEntry, accessor: string): readonly string[] => [
  accessorKey(accessor),
  ...(parent ? [childKey(parent, key)] : []),
  ...(expireTime > 0 ? [expiryKey(expireTime, key)] : []),
]
