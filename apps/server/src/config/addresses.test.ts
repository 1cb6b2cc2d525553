import type { NetworkInterfaceInfo } from 'node:os'
import { HclError } from '@chatelaine/hcl'
import { describe, expect, it } from 'vitest'
import { asAddress, type Interfaces } from './addresses.js'

const info = (address: string, internal = false) => ({ address, internal, family: address.includes(':') ? 'IPv6' : 'IPv4' }) as NetworkInterfaceInfo

const machine: Interfaces = {
  lo: [info('127.0.0.1', true)],
  docker0: [info('169.254.1.1')],
  eth0: [info('fe80::1'), info('10.1.2.3')],
  eth1: [info('203.0.113.7')],
  six: [info('2001:db8::1')],
}

const evaluated = (text: string, interfaces = machine) => asAddress({ kind: 'string', value: text, at: { line: 3, column: 14 } }, () => interfaces)

describe('an address', () => {
  it.each([
    ['http://127.0.0.1:8200', 'http://127.0.0.1:8200'],
    ['http://{{ GetPrivateIP }}:8200', 'http://10.1.2.3:8200'],
    ['{{GetPublicIP}}:8200', '203.0.113.7:8200'],
    ['{{ GetInterfaceIP "eth0" }}:8200', '10.1.2.3:8200'],
    ['{{ GetInterfaceIP "six" }}', '2001:db8::1'],
  ])('%s is %s', (text, expected) => {
    expect(evaluated(text)).toBe(expected)
  })

  it.each([
    ['{{ GetAllInterfaces | include "type" "ip" | attr "address" }}', 'no other template'],
    ['{{ GetInterfaceIP "nowhere" }}', 'finds no such address on this machine'],
    ['http://{{ GetPrivateIP :8200', 'begins with {{ and ends with }}'],
  ])('%s is refused where it stands', (text, expected) => {
    const evaluating = () => evaluated(text)

    expect(evaluating).toThrow(expected)
    expect(evaluating).toThrow('on line 3, column 14')
    expect(evaluating).toThrow(HclError)
  })

  it('of a private network is refused on a machine that has none', () => {
    expect(() => evaluated('{{ GetPrivateIP }}', { eth1: [info('203.0.113.7')], shared: [info('100.64.0.1')] })).toThrow('finds no such address')
  })
})
