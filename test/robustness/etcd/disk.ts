import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A small disk of its own, in memory, mounted on a folder. */
export interface Disk {
  /** Leaves no byte free. */
  fill(): void
  /** Takes away what `fill` put there. */
  clear(): void
  unmount(): void
}

const chunk = Buffer.alloc(1 << 20)

/** Whether this machine lets us mount: that takes root. */
export function mountsAvailable(): boolean {
  const at = mkdtempSync(join(tmpdir(), 'mount-'))
  try {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'probe', at], { stdio: 'ignore' }).status !== 0) return false
    return spawnSync('umount', [at], { stdio: 'ignore' }).status === 0
  } finally {
    rmSync(at, { recursive: true })
  }
}

export function mountDisk(folder: string, bytes: number): Disk {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'small', folder], { stdio: 'ignore' })
  const ballast = join(folder, 'ballast')
  return {
    fill() {
      const file = openSync(ballast, 'w')
      try {
        // Ever smaller pieces, for the last ones must fit too.
        for (let size = chunk.length; size > 0; size >>= 1) while (fits(file, size));
      } finally {
        closeSync(file)
      }
    },
    clear: () => rmSync(ballast, { force: true }),
    // Whoever still has a file open there keeps it until he is gone.
    unmount: () => void spawnSync('umount', ['-l', folder], { stdio: 'ignore' }),
  }
}

function fits(file: number, size: number): boolean {
  try {
    return writeSync(file, chunk, 0, size) === size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
