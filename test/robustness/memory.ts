import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const window = 1 << 22

/** How often each of `needles` stands in the writable memory of a process that is our child (Linux). */
export function countInMemory(pid: number, needles: Readonly<Record<string, Uint8Array>>): Record<string, number> {
  const counts = Object.fromEntries(Object.keys(needles).map((name) => [name, 0]))
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const [start, end] of writableRegions(pid)) count(memory, { start, end }, needles, counts)
  } finally {
    closeSync(memory)
  }
  return counts
}

function writableRegions(pid: number): [number, number][] {
  const rows = readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)
  return [...rows].map(([, start = '', end = '']) => [Number.parseInt(start, 16), Number.parseInt(end, 16)])
}

/** Windows overlap by the longest needle, less one byte, so that none is missed at a seam and none counted twice. */
function count(memory: number, region: { start: number; end: number }, needles: Readonly<Record<string, Uint8Array>>, counts: Record<string, number>): void {
  const longest = Math.max(...Object.values(needles).map(({ length }) => length))
  const bytes = Buffer.alloc(window + longest - 1)
  for (let at = region.start; at < region.end; at += window) {
    const held = readAt(memory, bytes, { at, length: Math.min(bytes.length, region.end - at) })
    for (const [name, needle] of Object.entries(needles)) {
      for (let i = held.indexOf(needle); i >= 0 && i < window; i = held.indexOf(needle, i + 1)) counts[name] = (counts[name] ?? 0) + 1
    }
  }
}

/** Pages that were reserved but never touched cannot be read, and hold nothing. */
function readAt(memory: number, into: Buffer, { at, length }: { at: number; length: number }): Buffer {
  try {
    return into.subarray(0, readSync(memory, into, 0, length, at))
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EIO' || error.code === 'EFAULT')) return into.subarray(0, 0)
    throw error
  }
}
