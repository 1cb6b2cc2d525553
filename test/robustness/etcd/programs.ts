import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What each member of etcd is started as, the next time that it is started. */
export interface Programs {
  /** For `startCluster`. */
  readonly wrap: (member: number, argv: readonly string[]) => readonly string[]
  /** Another version of etcd, or more words on its command line. */
  use(member: number, binary: string, ...words: readonly string[]): void
}

/** A script for each member, which becomes etcd: so a cluster that was started once can go on with other programs. */
export function openPrograms(folder: string, binary: string): Programs {
  mkdirSync(folder, { recursive: true })
  const script = (member: number) => join(folder, `member-${member}`)
  const use: Programs['use'] = (member, program, ...words) => {
    const lines = ['#!/bin/sh', `exec '${program}' "$@" ${words.join(' ')}`, '']
    writeFileSync(`${script(member)}.new`, lines.join('\n'), { mode: 0o700 })
    renameSync(`${script(member)}.new`, script(member))
  }
  return {
    use,
    wrap(member, [, ...words]) {
      use(member, binary)
      return [script(member), ...words]
    },
  }
}
