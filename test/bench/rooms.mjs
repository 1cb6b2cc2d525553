// Where the time of one request goes: a CPU profile under load, its samples counted by the room the code stands in.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const rooms = [
  ['door (ours)', /packages\/doors\//],
  ['tokens', /packages\/core\/dist\/tokens/],
  ['policies', /packages\/core\/dist\/polic/],
  ['mounts', /packages\/core\/dist\/mounts/],
  ['audit', /packages\/core\/dist\/audit|packages\/builtin\/dist\/audit/],
  ['core, rest', /packages\/core\//],
  ['kv engine', /packages\/builtin\/dist\/secrets/],
  ['barrier + crypto', /packages\/(barrier|crypto)\/|node:internal\/crypto/],
  ['storage', /packages\/storage\//],
  ['sdk (json, envelope, paths)', /packages\/sdk\//],
  ['node: http, streams, net', /node:(internal\/)?(_?http|net|stream|streams|timers|buffer|events|url|querystring)/],
  ['garbage collection', /^\(garbage collector\)$/],
  ['node and kernel, rest', /./],
]

/** Microseconds of processor time per request and room, given what a request costs in all. */
export function roomsOf(folder, cpuMicros) {
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'))
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const spent = new Map(rooms.map(([name]) => [name, 0]))
  let busy = 0
  for (const [i, id] of samples.entries()) {
    const { functionName, url } = byId.get(id).callFrame
    if (functionName === '(idle)' || functionName === '(root)') continue
    const [name] = rooms.find(([, pattern]) => pattern.test(functionName === '(garbage collector)' ? functionName : url || 'native'))
    spent.set(name, spent.get(name) + timeDeltas[i])
    busy += timeDeltas[i]
  }
  return [...spent].map(([name, micros]) => [name, (micros / busy) * cpuMicros])
}
