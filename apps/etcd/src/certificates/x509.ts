/**
 * The library that writes certificates. It finds its own parts through a container that insists on three functions of the
 * abandoned "metadata" proposal, and asks them only about what it put there itself; a map of maps is all they have to be.
 */
export async function loadX509() {
  if (!('getMetadata' in Reflect)) Object.assign(Reflect, metadata())
  return import('@peculiar/x509')
}

function metadata() {
  const kept = new WeakMap<object, Map<unknown, unknown>>()
  const get = (key: unknown, target: object) => kept.get(target)?.get(key)
  return {
    getMetadata: get,
    getOwnMetadata: get,
    defineMetadata: (key: unknown, value: unknown, target: object) => {
      const of = kept.get(target) ?? new Map<unknown, unknown>()
      kept.set(target, of.set(key, value))
    },
  }
}
