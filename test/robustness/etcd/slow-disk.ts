import { execFileSync, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { closeSync, existsSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk of its own for one process, whose writes the kernel can slow down. */
export interface SlowDisk {
  /** From now on that process writes to it only so often a second. */
  slow(pid: number, writesPerSecond: number): void
  /** As fast again as it is. */
  recover(): void
  unmount(): void
}

const run = (program: string, ...words: string[]) => execFileSync(program, words, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' }).trim()

/** Where the kernel's first version of control groups limits disks. */
const groups = '/sys/fs/cgroup/blkio'
const diskBytes = 2 ** 30

/** What this machine would have to have; undefined where it has all. */
export function slowDisksAvailable(): string | undefined {
  const lacking = 'a disk in a file and a limit on its writes (loop, mkfs.ext4, cgroup blkio), which take root'
  if (!existsSync(join(groups, 'blkio.throttle.write_iops_device')) || spawnSync('mkfs.ext4', ['-V'], { stdio: 'ignore' }).status !== 0) return lacking
  const folder = mkdtempSync(join(tmpdir(), 'slow-'))
  try {
    mountSlowDisk(folder, 2 ** 24).unmount()
    return undefined
  } catch {
    return lacking
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A file in memory, made a disk and mounted on the folder: nothing but the limit makes it slow, and no other disk feels it. */
export function mountSlowDisk(folder: string, bytes = diskBytes): SlowDisk {
  const name = `chatelaine-${randomInt(1e9)}`
  const backing = mkdtempSync(join(tmpdir(), 'disk-'))
  const undo: (() => unknown)[] = [() => rmdirSync(backing)]
  const unmount = () => {
    for (const step of undo.splice(0).reverse()) step()
  }
  try {
    run('mount', '-t', 'tmpfs', '-o', 'mode=0700', name, backing)
    undo.push(() => spawnSync('umount', ['-l', backing]))
    const file = openSync(join(backing, 'disk'), 'w')
    ftruncateSync(file, bytes)
    closeSync(file)
    const device = run('losetup', '--find', '--show', join(backing, 'disk'))
    undo.push(() => spawnSync('losetup', ['--detach', device]))
    run('mkfs.ext4', '-q', '-O', '^has_journal', device)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    run('mount', device, folder)
    undo.push(() => spawnSync('umount', ['-l', folder]))
    spawnSync('rm', ['-rf', join(folder, 'lost+found')])
    run('chmod', '700', folder)
    const group = join(groups, name)
    mkdirSync(group)
    undo.push(() => retire(group))
    return limited(group, device, unmount)
  } catch (error) {
    unmount()
    throw error
  }
}

function limited(group: string, device: string, unmount: () => void): SlowDisk {
  const { rdev } = statSync(device)
  const limit = (perSecond: number) => writeFileSync(join(group, 'blkio.throttle.write_iops_device'), `${rdev >> 8}:${rdev & 255} ${perSecond}`)
  return {
    slow(pid, writesPerSecond) {
      writeFileSync(join(group, 'cgroup.procs'), String(pid))
      limit(writesPerSecond)
    },
    recover: () => limit(0),
    unmount,
  }
}

/** A group with a process in it stays; whoever is left in it has ended by now. */
function retire(group: string): void {
  try {
    rmdirSync(group)
  } catch {
    // It limits nothing any more, for the disk is gone.
  }
}
