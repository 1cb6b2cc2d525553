import { defineErrors } from '@chatelaine/sdk'

interface At {
  readonly file: string
  readonly offset: number
}

const restore = 'nothing was changed; restore the folder from a snapshot'

/** What a store refuses, and why. Nothing here names a key or a value. */
export const StorageError = defineErrors('storage', {
  closed: { status: 503, text: () => 'the store is closed' },
  badKey: { status: 400, text: (d: { problem: string }) => `a storage key ${d.problem}` },
  tooLarge: {
    status: 413,
    text: (d: { bytes: number; limit: number }) => `a commit of ${d.bytes} bytes is over the limit of ${d.limit}`,
  },
  tooMany: {
    status: 413,
    text: (d: { writes: number; limit: number }) => `a commit of ${d.writes} writes and guards is over the limit of ${d.limit}`,
  },
  /** The other half of "one that rejected may or may not have happened": only a reader can tell. */
  unsettled: {
    status: 503,
    text: (d: { reason: string }) => `whether the commit was applied is not known: ${d.reason}; read before trying again`,
  },
  behind: {
    status: 503,
    text: (d: { seen: number; wanted: number }) =>
      `this node is behind: it has seen revision ${d.seen} of etcd and needs ${d.wanted}; it answers nothing old, so try again`,
  },
  rewound: {
    status: 503,
    text: (d: { problem: string }) =>
      `etcd ${d.problem}: it was restored from a backup, or is another cluster; what this server remembers is of the other, so restart it`,
  },
  torn: { status: 500, text: (d: { key: string }) => `"${d.key}" is a large value of which parts are missing` },
  holes: { status: 500, text: (d: { problem: string }) => `${d.problem}; allow_version = "VERSION" in storage "etcd" starts all the same` },
  openFolder: {
    status: 500,
    text: (d: { folder: string; mode: string }) => `others than this server's user may write to ${d.folder} (mode ${d.mode}), or it is another user's: run chmod 700, or chown, on it`,
  },
  damaged: {
    status: 500,
    text: (d: At & { problem: string }) => `${d.file} is damaged at byte ${d.offset}: ${d.problem}; ${restore}`,
  },
  newerFormat: {
    status: 500,
    text: (d: { file: string; format: number | string }) => `${d.file} has format ${d.format}, which this version cannot read`,
  },
  unreadable: {
    status: 503,
    text: (d: At & { reason: string }) => `cannot read ${d.file} at byte ${d.offset}: ${d.reason}`,
  },
  unwritable: {
    status: 503,
    text: (d: { file: string; reason: string }) => `cannot write ${d.file}: ${d.reason}; the commit was not applied`,
  },
  stopped: {
    status: 503,
    text: (d: { file: string; reason: string }) =>
      `whether the last write to ${d.file} reached the disk is not known (${d.reason}); it can be read, but takes no writes until the server is restarted`,
  },
})
