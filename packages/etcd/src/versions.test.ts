import { describe, expect, it } from 'vitest'
import { knownHoles } from './versions.js'

describe('versions of etcd', () => {
  it.each(['3.4.44', '3.4.50', '3.5.28', '3.5.30', '3.6.11', '3.7.0', '4.0.0'])('has nothing against %s', (version) => {
    expect(knownHoles(version)).toBeUndefined()
  })

  it.each(['3.3.27', '3.4.23', '3.4.43', '3.5.16', '3.5.27', '3.6.0', '3.6.10', '2.3.8', 'unknown', ''])('warns of %s', (version) => {
    expect(knownHoles(version)).toContain('CVE-2026-33343')
  })
})
