import { HclError } from '@chatelaine/hcl'
import { describe, expect, it } from 'vitest'
import { emptyConfig } from './config.js'
import { readConfig } from './read.js'

/** What is wrong with a text, and where. */
function problem(text: string): string {
  try {
    readConfig(text)
  } catch (error) {
    if (HclError.is(error)) return error.message
    throw error
  }
  return 'nothing'
}

describe('a configuration as Vault writes it', () => {
  it('is read whole', () => {
    const config = readConfig(`
      api_addr          = "https://vault.example:8200"
      cluster_addr      = "https://vault.example:8201"
      cluster_name      = "house"
      node_name         = "attic"
      production        = true
      default_lease_ttl = "1h30m"
      max_lease_ttl     = 7200
      log_level         = "debug"
      log_format        = "json"
      log_file          = "/var/log/chatelaine.log"
      pid_file          = "/run/chatelaine.pid"
      audit_file_folders = ["/var/log/house"]
      disable_mlock     = true
      ui                = "false"
      storage "embedded" { path = "/var/lib/chatelaine" }
      seal "keyfile" { path = "/etc/chatelaine/unseal.key" }
      listener "tcp" {
        address         = "0.0.0.0:8200"
        cluster_address = "0.0.0.0:8201"
        tls_cert_file   = "/etc/tls/cert.pem"
        tls_key_file    = "/etc/tls/key.pem"
        tls_min_version = "tls12"
        max_request_size = 1048576
        max_request_duration = "30s"
        require_request_header = true
        max_json_depth = 100
        max_json_string_value_length = "2000000"
        max_json_object_entry_count = 20000
        max_json_array_element_count = -1
        max_json_token = 0
        max_unauthenticated_request_size = 32768
        max_total_request_size = 100000000
      }
      listener "unix" {
        address     = "/run/chatelaine.sock"
        socket_mode = "0660"
      }
    `)

    expect(config).toEqual({
      apiAddress: 'https://vault.example:8200',
      auditFileFolders: ['/var/log/house'],
      files: [],
      clusterName: 'house',
      nodeName: 'attic',
      production: true,
      defaultLeaseTtl: 5400,
      maxLeaseTtl: 7200,
      logLevel: 'debug',
      logFormat: 'json',
      logFile: '/var/log/chatelaine.log',
      pidFile: '/run/chatelaine.pid',
      storage: { type: 'embedded', path: '/var/lib/chatelaine' },
      warnings: [],
      seal: { type: 'keyfile', path: '/etc/chatelaine/unseal.key' },
      listeners: [
        {
          address: { host: '0.0.0.0', port: 8200 },
          tls: { certFile: '/etc/tls/cert.pem', keyFile: '/etc/tls/key.pem', minVersion: 'TLSv1.2' },
          maxRequestSize: 1_048_576,
          maxRequestDuration: 30,
          requireRequestHeader: true,
          bounds: {
            jsonDepth: 100, jsonStringLength: 2_000_000, jsonObjectEntries: 20_000, jsonArrayElements: -1, jsonTokens: 0,
            unauthenticatedSize: 32_768, totalSize: 100_000_000,
          },
        },
        {
          address: { socketPath: '/run/chatelaine.sock', mode: 0o660 },
          tls: undefined,
          maxRequestSize: undefined,
          maxRequestDuration: undefined,
          requireRequestHeader: false,
        },
      ],
    })
  })

  it('says the same in JSON, with blocks as objects or as lists of them', () => {
    const hcl = readConfig(`
      storage "inmem" {}
      listener "tcp" { tls_disable = true }
      listener "tcp" {
        address = "[::1]:8202"
        tls_disable = true
      }
    `)
    const listeners = [{ tcp: { tls_disable: 1 } }, { tcp: { address: '[::1]:8202', tls_disable: 'true' } }]

    expect(readConfig(JSON.stringify({ storage: { inmem: {} }, listener: listeners }))).toEqual(hcl)
    expect(readConfig(JSON.stringify({ storage: [{ inmem: [{}] }], listener: { tcp: listeners.map(({ tcp }) => tcp) } }))).toEqual(hcl)
  })

  it("knows etcd by the words of Vault's own stanza, and ours beside them", () => {
    const { storage } = readConfig(`
      storage "etcd" {
        address          = "https://10.0.0.1:2379, https://10.0.0.2:2379"
        path             = "vault/"
        discovery_srv    = "example.org"
        discovery_srv_name = "vault"
        etcd_api         = "v3"
        ha_enabled       = "true"
        sync             = "true"
        max_receive_size = 4194304
        tls_ca_file      = "/etc/etcd/ca.pem"
        tls_cert_file    = "/etc/etcd/vault.pem"
        tls_key_file     = "/etc/etcd/vault.key"
        tls_server_name  = "etcd.example.org"
        username         = "vault"
        password         = "a password"
        request_timeout  = "3s"
        lock_timeout     = 20
        max_staleness    = "100ms"
        cache_size       = "64MiB"
        allow_version    = "3.4.23"
      }
    `)

    expect(storage).toEqual({
      type: 'etcd', endpoints: ['https://10.0.0.1:2379', 'https://10.0.0.2:2379'], path: 'vault/', discoverySrv: 'example.org', discoverySrvName: 'vault',
      caFile: '/etc/etcd/ca.pem', certFile: '/etc/etcd/vault.pem', keyFile: '/etc/etcd/vault.key', serverName: 'etcd.example.org', username: 'vault',
      password: 'a password', requestTimeout: 3000, lockTimeout: 20_000, maxStaleness: 100, cacheSize: 64 << 20, allowVersion: '3.4.23',
    })
    expect(readConfig('storage "etcd" { address = ["https://a:2379", "https://b:2379"] }').storage).toMatchObject({
      endpoints: ['https://a:2379', 'https://b:2379'], path: '/vault', maxStaleness: 0,
    })
  })

  it('calls storage by its old name as well', () => {
    expect(readConfig('backend "inmem" {}').storage).toEqual({ type: 'inmem' })
  })

  it('leaves what it does not mention as it was', () => {
    const base = { ...emptyConfig, clusterName: 'house', storage: { type: 'inmem' } as const }

    expect(readConfig('log_level = "warn"', base)).toEqual({ ...base, logLevel: 'warn' })
    expect(readConfig('')).toEqual(emptyConfig)
  })

  it('takes a fraction of a second as a second, for 0 often means that there is no limit', () => {
    const { defaultLeaseTtl, maxLeaseTtl } = readConfig('default_lease_ttl = "500ms"\nmax_lease_ttl = 1.5')
    expect([defaultLeaseTtl, maxLeaseTtl]).toEqual([1, 2])
  })

  it.each([
    ['127.0.0.1:8200', { host: '127.0.0.1', port: 8200 }],
    [':8200', { host: '0.0.0.0', port: 8200 }],
    ['[::]:443', { host: '::', port: 443 }],
    ['vault.example:1', { host: 'vault.example', port: 1 }],
  ])('understands the address %s', (address, expected) => {
    expect(readConfig(`listener "tcp" {\n tls_disable = true\n address = "${address}"\n}`).listeners[0]?.address).toEqual(expected)
  })
})

describe('what a configuration gets wrong is told with its place', () => {
  it.each([
    ['an unknown key', 'ui = true\napi_adr = "x"', 'invalid key "api_adr" on line 2, column 1'],
    ['an unknown key of a block', 'storage "embedded" {\n  path = "/x"\n  ha = true\n}', 'invalid key "ha" on line 3, column 3'],
    ['an unknown key of a listener', 'listener "tcp" {\n  tls_disabled = 1\n}', 'invalid key "tls_disabled" on line 2, column 3'],
    ['a unix setting on tcp', 'listener "tcp" {\n  socket_mode = "0600"\n}', 'invalid key "socket_mode" on line 2, column 3'],
    ['a key that every object inherits', 'constructor = 1', 'invalid key "constructor" on line 1, column 1'],
    ['a setting given twice', 'ui = true\nui = false', '"ui" is set twice on line 2, column 1'],
    ['a wrong type', 'cluster_name = 5', 'expected a string, found a number on line 1, column 16'],
    ['a typing error in what makes no difference', 'disable_mlock = "yes"', 'expected true or false on line 1, column 17'],
    ['a log level nobody has', 'log_level = "loud"', 'expected one of trace, debug, info, warn, error on line 1, column 13'],
    ['no duration', 'max_lease_ttl = "soon"', 'expected a duration such as "768h" on line 1, column 17'],
    ['a negative duration', 'max_lease_ttl = -1', 'expected a duration such as "768h" on line 1, column 17'],
    ['a second storage', 'storage "inmem" {}\nbackend "inmem" {}', 'only one backend can be used on line 2, column 1'],
    ['a storage without a type', 'storage {}', 'storage needs a type: storage "TYPE" { … } on line 1, column 1'],
    ['half a certificate for etcd', 'storage "etcd" { tls_cert_file = "x" }', 'storage "etcd" needs tls_cert_file and tls_key_file together on line 1, column 9'],
    ['an etcd of long ago', 'storage "etcd" { etcd_api = "v2" }', "this server speaks version 3 of etcd's API on line 1, column 29"],
    ['a size that is none', 'storage "etcd" { cache_size = "much" }', 'expected a size such as "256MiB" on line 1, column 31'],
    ['a storage without its folder', 'storage "embedded" {}', 'storage "embedded" needs path, the folder to keep it in on line 1, column 9'],
    ['a seal without its file', 'seal "keyfile" {}', 'seal "keyfile" needs path, the file that holds the key on line 1, column 6'],
    ['a listener without TLS or a word about it', 'listener "tcp" {}', expect.stringContaining('needs tls_cert_file and tls_key_file, or tls_disable = true')],
    ['a certificate without a key', 'listener "tcp" {\n  tls_cert_file = "c"\n}', expect.stringContaining('needs tls_cert_file and tls_key_file')],
    ['a listener that is none', 'listener "udp" {}', 'unknown listener "udp": this server has "tcp" and "unix" on line 1, column 10'],
    ['a unix listener without a path', 'listener "unix" {}', 'listener "unix" needs address, the path of its socket on line 1, column 10'],
    ['a socket mode that is none', 'listener "unix" {\n  socket_mode = "rw"\n}', 'expected a file mode such as "0660" on line 2, column 17'],
    ['an address without a port', 'listener "tcp" {\n  address = "localhost"\n  tls_disable = 1\n}', expect.stringContaining('address must be host:port')],
    ['a port there is none of', 'listener "tcp" {\n  address = ":70000"\n  tls_disable = 1\n}', expect.stringContaining('address must be host:port')],
    ['a TLS version that is too old', 'listener "tcp" {\n  tls_min_version = "tls10"\n}', 'expected "tls12" or "tls13" on line 2, column 21'],
  ])('%s', (_, text, expected) => {
    expect(problem(text)).toEqual(expected)
  })

  it('names what this server has where a type is not one of them', () => {
    expect(problem('storage "paper" {}')).toContain('unknown storage "paper": this server has "embedded"')
    expect(problem('seal "awskms" {}')).toContain('unknown seal "awskms": this server has "keyfile"')
  })
})

describe('a configuration of a Vault that runs somewhere', () => {
  const real = `
    api_addr           = "https://vault.example:8200"
    cluster_addr       = "https://{{ GetPrivateIP }}:8201"
    log_level          = "INFO"
    cache_size         = 32000
    plugin_directory   = "/etc/vault/plugins"
    token_helper       = "/usr/local/bin/helper"
    disable_mlock      = true
    telemetry { prometheus_retention_time = "30s" }
    user_lockout "all" { lockout_threshold = "5" }
    service_registration "consul" { address = "127.0.0.1:8500" }
    storage "embedded" { path = "/var/lib/chatelaine" }
    listener "tcp" {
      tls_cert_file = "c"
      tls_key_file  = "k"
      tls_cipher_suites = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256"
      tls_prefer_server_cipher_suites = "true"
      tls_client_ca_file = "ca"
      tls_require_and_verify_client_cert = "true"
      tls_min_version = "tls12"
      tls_max_version = "tls12"
      proxy_protocol_behavior = "use_always"
      x_forwarded_for_authorized_addrs = "10.0.0.0/8, ::1"
      x_forwarded_for_hop_skips = "1"
      x_forwarded_for_reject_not_present = "false"
      http_read_timeout = "20s"
      http_read_header_timeout = 5
      http_idle_timeout = "1m"
      custom_response_headers {
        "default" = { "X-Frame-Options" = ["DENY"] }
        "4xx"     = { "X-Trouble" = ["yes"] }
      }
    }`

  it('is taken, with what can mean something here in force', () => {
    const { listeners, logLevel } = readConfig(real)

    expect(logLevel).toBe('info')
    expect(listeners).toEqual([
      {
        address: { host: '127.0.0.1', port: 8200 },
        tls: {
          certFile: 'c', keyFile: 'k', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', preferServerCiphers: true, clientCaFile: 'ca', requireClientCert: true,
          ciphers: 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES256-GCM-SHA384',
        },
        maxRequestSize: undefined,
        maxRequestDuration: undefined,
        requireRequestHeader: false,
        timeouts: { readMs: 20_000, readHeaderMs: 5000, idleMs: 60_000 },
        responseHeaders: { default: [['X-Frame-Options', 'DENY']], '4xx': [['X-Trouble', 'yes']] },
        forwarded: { authorized: ['10.0.0.0/8', '::1'], hopSkips: 1, rejectNotAuthorized: true, rejectNotPresent: false },
      },
    ])
  })

  it('is warned of, once, what has no effect', () => {
    const names = readConfig(real).warnings.map((warning) => /^"(\w+)" on line \d+ has no effect: ./.exec(warning)?.[1])

    expect(names).toEqual(['cache_size', 'plugin_directory', 'token_helper', 'telemetry', 'user_lockout', 'service_registration', 'proxy_protocol_behavior'])
  })

  it.each(['raft', 'file', 'consul', 'postgresql'])('is refused storage "%s", and told the way over', (type) => {
    expect(problem(`storage "${type}" { path = "/x" }`)).toMatch(/one of Vault's, whose data this server cannot open: choose "embedded" or "etcd" .* \(docs\/coming-from-vault\.md\)/)
  })

  it.each([
    ['a suite without forward secrecy', 'tls_cipher_suites = "TLS_RSA_WITH_AES_128_CBC_SHA"', 'suite 1 is none that this server offers'],
    ['client certificates without an authority', 'tls_require_and_verify_client_cert = true', 'needs tls_client_ca_file'],
    ['client certificates without TLS', 'tls_require_and_verify_client_cert = true\ntls_disable = true', 'certificates of clients need TLS'],
    ['versions that exclude each other', 'tls_max_version = "tls12"', 'tls_max_version is lower than tls_min_version'],
    ['a network that is none', 'x_forwarded_for_authorized_addrs = ["10.0.0.0/33"]', 'expected addresses or networks'],
    ['half a value as a bound', 'max_json_depth = 0.5', 'expected a whole number'],
    ['half a byte as a bound', 'max_request_size = 0.5', 'expected a whole number'],
    ['a negative duration of less than a second', 'max_request_duration = "-500ms"', 'expected a duration'],
    ['hops below zero', 'x_forwarded_for_hop_skips = -1', 'expected a whole number that is not negative'],
    ['a group of answers that is none', 'custom_response_headers { "6xx" = {} }', 'expected "default", a class'],
    ["a header of the server's own", 'custom_response_headers { "default" = { "Content-Length" = ["0"] } }', 'cannot be set'],
    ['a header that would be two', 'custom_response_headers { "default" = { "X-A" = ["b\\r\\nX-C: d"] } }', 'expected the value of a header'],
  ])('is refused %s', (_, line, expected) => {
    expect(problem(`listener "tcp" {\n tls_cert_file = "c"\n tls_key_file = "k"\n ${line}\n}`)).toContain(expected)
  })
})

describe('a log level', () => {
  it.each([['Debug', 'debug'], ['INFO', 'info'], ['warning', 'warn'], ['WARN', 'warn'], ['err', 'error'], ['notice', 'info'], ['Trace', 'trace']])('may be written %s', (given, level) => {
    expect(readConfig(`log_level = "${given}"`).logLevel).toBe(level)
  })
})
