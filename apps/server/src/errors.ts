import { defineErrors } from '@chatelaine/sdk'

/** Why a server does not start. Status is for form's sake: nobody asks over a wire yet. */
export const ServerError = defineErrors('server', {
  config: { status: 400, text: (d: { file: string; problem: string }) => `${d.file}: ${d.problem}` },
  noConfig: {
    status: 400,
    text: () => 'no configuration: give -config=FILE (or a folder of .hcl and .json files), or -dev for a server in memory',
  },
  usage: { status: 400, text: (d: { problem: string }) => d.problem },
  unreadable: { status: 400, text: (d: { what: string; file: string; reason: string }) => `cannot read the ${d.what} ${d.file}: ${d.reason}` },
  unwritable: { status: 500, text: (d: { what: string; file: string; reason: string }) => `cannot write the ${d.what} ${d.file}: ${d.reason}` },
  notOwnFile: {
    status: 500,
    text: (d: { what: string; file: string; problem: string }) => `the ${d.what} ${d.file} ${d.problem}; remove it, or choose another path`,
  },
  noStorage: {
    status: 400,
    text: () => 'no storage: the configuration needs storage "embedded" { path = "FOLDER" }, storage "etcd" { address = "https://HOST:2379" … }, or storage "inmem" {} to forget everything at the end',
  },
  noEndpoints: {
    status: 400,
    text: () => 'storage "etcd" needs address, as in "https://10.0.0.1:2379,https://10.0.0.2:2379", or ETCD_ADDR in the environment',
  },
  noSrv: {
    status: 503,
    text: (d: { domain: string; reason: string }) => `discovery_srv = "${d.domain}" names no etcd: its SRV records cannot be read (${d.reason})`,
  },
  noListener: { status: 400, text: () => 'no listener: the configuration needs a listener "tcp" { … } or listener "unix" { … }' },
  ttlOrder: {
    status: 400,
    text: (d: { standard: number; longest: number }) =>
      `default_lease_ttl (${d.standard}s; 768h when left out) is longer than max_lease_ttl (${d.longest}s)`,
  },
  certificate: {
    status: 400,
    text: (d: { certFile: string; keyFile: string; reason: string }) =>
      `${d.certFile} and ${d.keyFile} are not a certificate and its private key in PEM: ${d.reason}`,
  },
  cannotListen: { status: 500, text: (d: { address: string; reason: string }) => `cannot listen on ${d.address}: ${d.reason}` },
  addressInUse: {
    status: 500,
    text: (d: { address: string }) => `${d.address} is taken by another program; stop it, or choose another address`,
  },
})
