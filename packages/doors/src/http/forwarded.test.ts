import { describe, expect, it } from 'vitest'
import { HttpError } from '../errors.js'
import { remoteBy, type Forwarded } from './forwarded.js'

const peer = (address: string) => ({ address, port: 4711 })
const rules = (more: Partial<Forwarded> = {}): Forwarded => ({ authorized: ['10.0.0.0/8', '::1'], hopSkips: 0, rejectNotAuthorized: true, rejectNotPresent: true, ...more })

describe('the address of a client behind a proxy', () => {
  it.each([
    { title: 'the last that the proxy wrote', forwarded: rules(), from: '10.0.0.1', header: '203.0.113.9, 198.51.100.7', expected: '198.51.100.7' },
    { title: 'further left when hops are skipped', forwarded: rules({ hopSkips: 1 }), from: '10.0.0.1', header: '203.0.113.9, 198.51.100.7', expected: '203.0.113.9' },
    { title: 'believed from a proxy that a socket of both families names', forwarded: rules(), from: '::ffff:10.0.0.1', header: '203.0.113.9', expected: '203.0.113.9' },
    { title: 'believed from a proxy by IPv6', forwarded: rules(), from: '::1', header: '2001:db8::5', expected: '2001:db8::5' },
    { title: 'the connection\'s own where others may speak and are not believed', forwarded: rules({ rejectNotAuthorized: false }), from: '192.0.2.1', header: '203.0.113.9', expected: '192.0.2.1' },
    { title: 'the connection\'s own where the header may be absent', forwarded: rules({ rejectNotPresent: false }), from: '192.0.2.1', header: undefined, expected: '192.0.2.1' },
  ])('is $title', ({ forwarded, from, header, expected }) => {
    expect(remoteBy(forwarded)(peer(from), header)).toEqual({ address: expected, port: 4711 })
  })

  it.each([
    { title: 'from somebody who is no proxy', forwarded: rules(), from: '192.0.2.1', header: '203.0.113.9', error: HttpError.forwarderUnknown },
    { title: 'without the header', forwarded: rules(), from: '10.0.0.1', header: undefined, error: HttpError.notForwarded },
    { title: 'with fewer hops than are skipped', forwarded: rules({ hopSkips: 2 }), from: '10.0.0.1', header: '203.0.113.9', error: HttpError.badForwardedFor },
    { title: 'with something else than an address', forwarded: rules(), from: '10.0.0.1', header: 'unknown', error: HttpError.badForwardedFor },
  ])('is refused $title', ({ forwarded, from, header, error }) => {
    expect(() => remoteBy(forwarded)(peer(from), header)).toThrow(expect.objectContaining({ code: error().code }))
  })
})
