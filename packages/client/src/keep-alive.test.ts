import type { Auth } from '@chatelaine/sdk'
import { VaultError } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { createVault, inProcess, keepAlive } from './index.js'

const auth = (token: string, life: number): Auth => ({
  client_token: token, accessor: 'a', policies: [], token_policies: [], metadata: null, lease_duration: life, renewable: true,
  entity_id: '', token_type: 'service', orphan: false, mfa_requirement: null, num_uses: 0,
})

/** A clock that counts instead of waiting, and stops the world after so many waits. */
function story(renewals: (() => Auth)[], waitsLeft: number) {
  const stop = new AbortController()
  const waits: number[] = []
  const asked: (string | undefined)[] = []
  let logins = 0
  const vault = createVault({
    address: 'inproc:',
    retry: { retries: 0 },
    transport: inProcess(async ({ token }) => {
      asked.push(token)
      return { requestId: 'r', status: 200, auth: renewals.shift()?.() ?? auth('spare', 100) }
    }),
  })
  const kept = keepAlive(vault, {
    signal: stop.signal,
    random: () => 0.5,
    login: async () => auth(`login-${++logins}`, 100),
    sleep: async (ms) => {
      if (waits.length === waitsLeft) stop.abort()
      stop.signal.throwIfAborted()
      waits.push(Math.round(ms))
    },
  })
  return { kept, waits, asked }
}

const refuse = (status: number) => () => {
  throw new VaultError('x', status, 'no')
}

describe('keepAlive', () => {
  it('renews at two thirds of the life', async () => {
    const { kept, waits, asked } = story([() => auth('login-1', 100)], 2)

    await kept.ended

    expect(waits).toEqual([66_000, 66_000])
    expect(asked).toEqual(['login-1', 'login-1'])
  })

  it('logs in again when the token was revoked', async () => {
    const { kept } = story([refuse(403)], 1)

    await kept.ended

    expect(await kept.token()).toBe('login-2')
  })

  it('logs in again when the longest life is near and renewing gives little', async () => {
    const { kept } = story([() => auth('login-1', 20)], 1)

    await kept.ended

    expect(await kept.token()).toBe('login-2')
  })

  it('tries again soon when the server stumbles, and keeps the token', async () => {
    const { kept, waits } = story([refuse(500), () => auth('login-1', 100)], 2)

    await kept.ended

    expect(waits).toEqual([66_000, 1_000])
    expect(await kept.token()).toBe('login-1')
  })
})
