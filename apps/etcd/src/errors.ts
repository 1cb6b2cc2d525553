import { defineErrors } from '@chatelaine/sdk'

/** Why a cluster is not there, or not as it should be. */
export const ClusterError = defineErrors('cluster', {
  usage: { status: 400, text: (d: { problem: string }) => d.problem },
  unreadable: { status: 400, text: (d: { path: string; reason: string }) => `cannot read ${d.path}: ${d.reason}` },
  unwritable: { status: 500, text: (d: { path: string; reason: string }) => `cannot write ${d.path}: ${d.reason}` },

  notEtcd: { status: 400, text: (d: { path: string; reason: string }) => `${d.path} is no etcd that runs here: ${d.reason}` },
  noEtcd: {
    status: 500,
    text: (d: { wanted: string; missing: string }) =>
      `there is no etcd here, and none can be fetched: ${d.missing}. Put ${d.wanted} (https://github.com/etcd-io/etcd/releases) on the PATH, or name it with -etcd=PATH`,
  },

  badCa: { status: 400, text: (d: { file: string; reason: string }) => `${d.file} cannot be used as the CA: ${d.reason}` },
  otherCa: {
    status: 400,
    text: (d: { folder: string; file: string }) => `${d.folder} holds certificates of another CA than ${d.file}: choose another -dir, or remove that folder`,
  },
  noCaKey: {
    status: 400,
    text: (d: { what: string; folder: string }) => `${d.what} must be made, but the key of the CA in ${d.folder} is not there: give -ca-cert and -ca-key`,
  },
  badName: { status: 400, text: (d: { what: string; given: string; wanted: string }) => `"${d.given}" is no ${d.what}: ${d.wanted} is expected` },
  notTls: {
    status: 400,
    text: (d: { endpoint: string }) => `${d.endpoint} has no TLS, and etcd knows its users by their certificates: https://HOST:PORT is expected`,
  },

  silent: {
    status: 503,
    text: (d: { reason: string; folder: string }) =>
      `no member of etcd answers (${d.reason}). The certificates are in ${d.folder}: start the members with them (-certs-only shows the flags), then do this again`,
  },

  running: { status: 400, text: (d: { folder: string; pid: number }) => `the cluster in ${d.folder} is running (pid ${d.pid}): etcd down -dir=${d.folder} stops it` },
  noCluster: { status: 400, text: (d: { folder: string }) => `there is no cluster in ${d.folder}: etcd up -dir=${d.folder} makes one` },
  otherShape: {
    status: 400,
    text: (d: { folder: string; held: string; asked: string }) => `${d.folder} holds a cluster of ${d.held}, and ${d.asked} was asked for: choose another -dir`,
  },
  portTaken: { status: 500, text: (d: { address: string }) => `${d.address} is taken by another program; stop it, or choose another -port` },
  ended: { status: 500, text: (d: { name: string; how: string; said: string; log: string }) => `${d.name} ended (${d.how}): ${d.said}; its log is ${d.log}` },
  notHealthy: { status: 500, text: (d: { name: string; seconds: number; log: string }) => `${d.name} did not become healthy in ${d.seconds} s; its log is ${d.log}` },
})
