import type { Readers } from '@chatelaine/hcl'

/**
 * Settings that Vault or OpenBao know and this server does not have. A file that holds one works, and one warning says what its
 * absence means, because an operator who set it expects something. Settings that change nothing for anybody are not listed
 * here but read in silence.
 */
const ofServer: Readonly<Record<string, string>> = {
  administrative_namespace_path: 'this server has one namespace',
  allow_audit_log_prefixing: 'an audit device may always have a prefix',
  audit: 'audit devices are enabled over the API: vault audit enable file file_path=…',
  cache_size: 'the embedded store keeps what it holds in memory, and storage "etcd" has a cache_size of its own',
  detect_deadlocks: 'this server has no locks that could be detected',
  disable_cache: 'memory is kept true by the storage itself',
  disable_printable_check: 'paths with characters that cannot be printed are always refused',
  disable_sealwrap: 'nothing is wrapped by the seal but the root key',
  enable_multiseal: 'one seal is used',
  enable_response_header_hostname: 'answers do not name the host',
  enable_response_header_raft_node_id: 'this server has no raft',
  entropy: 'random numbers come from the operating system',
  experiments: 'this server has no experiments of Vault',
  ha_storage: 'on etcd every node is active by itself; nothing more is needed',
  imprecise_lease_role_tracking: 'there are no quotas of leases',
  initialize: 'mounts, policies and logins are set up over the API',
  introspection_endpoint: 'there is no introspection endpoint',
  kms_library: 'the seal is "keyfile" or held by people',
  license_path: 'no licence is needed',
  log_requests_level: 'requests are recorded by audit devices, never in the log',
  log_rotate_bytes: 'let logrotate move the log and send SIGHUP, after which the log is opened anew',
  log_rotate_duration: 'let logrotate move the log and send SIGHUP, after which the log is opened anew',
  log_rotate_max_files: 'let logrotate move the log and send SIGHUP, after which the log is opened anew',
  plugin_directory: 'this server runs no external plugins',
  plugin_file_permissions: 'this server runs no external plugins',
  plugin_file_uid: 'this server runs no external plugins',
  plugin_tmpdir: 'this server runs no external plugins',
  raw_storage_endpoint: 'sys/raw is not offered',
  reporting: 'nothing is reported to anybody',
  sentinel: 'there are no Sentinel policies',
  service_registration: 'the server registers itself nowhere: name its address where it is looked for',
  telemetry: 'sys/metrics answers in the form of Prometheus to tokens that may read it; nothing is sent to statsd or another collector',
  token_helper: 'it is a setting of the command line: tokens are kept in ~/.vault-token',
  user_lockout: 'no login of this server takes a password',
}

const ofListener: Readonly<Record<string, string>> = {
  agent_api: 'it is a setting of an agent',
  chroot_namespace: 'this server has one namespace',
  disable_replication_status_endpoints: 'there is no replication',
  disable_request_limiter: 'there is no request limiter',
  disable_unauthed_rekey_endpoints: 'this server has no rekey endpoint',
  http_write_timeout: 'max_request_duration bounds how long an answer may take',
  inflight_requests_logging: 'requests in flight are not shown without a token',
  profiling: 'there are no profiling endpoints',
  proxy_protocol_authorized_addrs: 'the PROXY protocol is not spoken: turn it off at the load balancer, or its requests are refused',
  proxy_protocol_behavior: 'the PROXY protocol is not spoken: turn it off at the load balancer, or its requests are refused',
  redact_addresses: 'sys/leader names the address of this node',
  redact_cluster_name: 'sys/health names the cluster',
  redact_version: 'sys/health and sys/seal-status name the version',
  role: 'it is a setting of an agent or a proxy',
  telemetry: 'sys/metrics needs a token that may read it',
}

export type Warn = (warning: string) => void

const readersOf = (settings: Readonly<Record<string, string>>, warn: Warn): NonNullable<Readers['many']> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, meaning]) => [
      name,
      ({ key }) => warn(`"${name}" on line ${key.at.line} has no effect: ${meaning}`),
    ]),
  )

/** Readers for what may stand at the top of a file. */
export const foreignToServer = (warn: Warn) => readersOf(ofServer, warn)

/** Readers for what may stand in a listener. */
export const foreignToListener = (warn: Warn) => readersOf(ofListener, warn)
