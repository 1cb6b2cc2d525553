/**
 * Where things are in etcd, all under one prefix, for the user of a Vault may touch nothing else:
 *
 *     <prefix>/format             the version of this layout
 *     <prefix>/data/<key>         one entry
 *     <prefix>/part/<id>/<n>      a piece of a value that is too large for one request
 *     <prefix>/part/<id>/owner    whose value it is, and since when
 *     <prefix>/lane/<id>/<i>      how far the writers of one process have come
 *     <prefix>/witness/<id>/<i>/… see lane.ts
 *     <prefix>/buried/<id>/<i>    a lane that was removed; it hangs on a lease of its own
 *     <prefix>/node/<id>          a process that is alive
 */
export interface Keyspace {
  /** All of it, as a range. */
  readonly all: KeyRange
  readonly data: KeyRange
  readonly parts: KeyRange
  readonly lanes: KeyRange
  readonly witnesses: KeyRange
  readonly nodes: KeyRange
  readonly buried: KeyRange
  /** Holds `formatVersion`. Written with the first lane, so a store that was only looked at stays empty. */
  readonly format: string
}

export const formatVersion = '1'

/** A folder of etcd keys. `from` ends in a slash, so that `foo` is never mistaken for `foobar`; `to` is the first key past it. */
export interface KeyRange {
  readonly from: string
  readonly to: string
}

export function keyspace(prefix: string): Keyspace {
  const base = `/${prefix.replace(/^\/+|\/+$/g, '')}`
  const folder = (name: string) => rangeOf(`${base}/${name}/`)
  return {
    all: rangeOf(`${base}/`),
    data: folder('data'),
    parts: folder('part'),
    lanes: folder('lane'),
    witnesses: folder('witness'),
    nodes: folder('node'),
    buried: folder('buried'),
    format: `${base}/format`,
  }
}

/** What begins with `from`, which ends in a slash: in the order of bytes "0" follows "/". */
export const rangeOf = (from: string): KeyRange => ({ from, to: `${from.slice(0, -1)}0` })

/** The first key that can follow `key`. */
export const after = (key: string): string => `${key}\0`

export const ownerKey = (space: Keyspace, id: string): string => `${space.parts.from}${id}/owner`

/** The key of the election (`Term.guard`). etcd removes it when its holder dies, which no lane tells of; so it is never cached. */
export const lockKey = 'core/lock'
