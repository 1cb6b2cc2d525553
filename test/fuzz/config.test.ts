import { HclError } from '@chatelaine/hcl'
import { readConfig } from '@chatelaine/server'
import fc from 'fast-check'
import { expect, it } from 'vitest'

const whole = `
api_addr = "https://vault.example:8200"
default_lease_ttl = "1h30m"
log_level = "debug"
storage "embedded" { path = "/var/lib/chatelaine" }
seal "keyfile" { path = "/etc/chatelaine/unseal.key" }
listener "tcp" {
  address       = "[::1]:8200" # a comment
  tls_cert_file = <<EOF
/etc/tls/cert.pem
EOF
  tls_key_file  = "/etc/tls/\\u006bey.pem"
  max_request_size = 1.5e3
}
listener "unix" {
  address     = "/run/chatelaine.sock"
  socket_mode = "0660"
}
`
const json = JSON.stringify({
  storage: { inmem: {} },
  max_lease_ttl: 3600,
  listener: [{ tcp: { address: ':8200', tls_disable: true } }, { unix: [{ address: '/run/s', socket_mode: 660 }] }],
})

/** A position in the text, what is taken out there, and what is put in. */
const edit = fc.record({
  at: fc.nat(whole.length),
  remove: fc.nat(40),
  insert: fc.oneof(
    fc.string({ maxLength: 6, unit: 'binary' }),
    fc.constantFrom('{', '}', '"', '[', ']', '=', '\n', '<<EOF', '${', '\\u', '\\', '0x', '-', '/*', '#', ',', 'null', '1e999', '__proto__', 'constructor'),
    fc.nat(whole.length).map((from) => whole.slice(from, from + 30)),
  ),
})

const mutated = (text: string) =>
  fc.array(edit, { minLength: 1, maxLength: 6 }).map((edits) =>
    edits.reduce((now, { at, remove, insert }) => now.slice(0, at % (now.length + 1)) + insert + now.slice((at % (now.length + 1)) + remove), text),
  )

it.each([
  ['HCL', whole],
  ['JSON', json],
])('a configuration in %s that was garbled is read, or refused with a place in it', (_, text) => {
  expect(readConfig(text).listeners).toHaveLength(2)

  fc.assert(
    fc.property(mutated(text), (garbled) => {
      try {
        readConfig(garbled)
      } catch (error) {
        if (!HclError.is(error)) throw error
        const lines = garbled.split('\n')
        expect(error.line).toBeGreaterThanOrEqual(1)
        expect(error.line).toBeLessThanOrEqual(lines.length + 1)
        expect(error.column).toBeGreaterThanOrEqual(1)
      }
    }),
    { numRuns: 3000 },
  )
})
