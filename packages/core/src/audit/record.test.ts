import { defineErrors, type Auth } from '@chatelaine/sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnswerFacts } from './facts.js'
import { Hashing } from './hashing.js'
import { requestRecord, responseRecord, type Rendering } from './record.js'

const rendering = (fields: Partial<Rendering> = {}, logRaw = false): Rendering => ({
  hashing: new Hashing(new Uint8Array(32).fill(7), { hmacAccessor: true, logRaw }),
  headers: {},
  elideListResponses: false,
  ...fields,
})

const hash = (text: string) => rendering().hashing.hash(text)
const time = '2030-01-01T00:00:00.000Z'
const plain = (record: unknown) => JSON.parse(JSON.stringify(record)) as unknown

const auth: Auth = {
  client_token: 'hvs.new', accessor: 'acc-new', policies: ['default', 'reader'], token_policies: ['default'],
    identity_policies: ['reader'],
  metadata: { who: 'bob' }, lease_duration: 300, renewable: true, entity_id: 'e-1', token_type: 'service', orphan: true,
  mfa_requirement: null, num_uses: 0,
}

const facts: AnswerFacts = {
  requestId: 'id-1',
  operation: 'read',
  request: {
    verb: 'read', path: 'secret/data/telegram', input: { version: 3, note: 'hush' }, token: 'hvs.mine', wrapTtl: 60,
    remote: { address: '192.0.2.1', port: 4711 }, headers: { 'x-correlation-id': 'corr', 'user-agent': ['curl'],
      'x-vault-token': 'hvs.mine' },
  },
  mount: { path: 'secret/', type: 'kv', accessor: 'kv_1', class: 'secret', nonHmacRequestKeys: ['note'],
    nonHmacResponseKeys: ['env'] },
  caller: {
    accessor: 'acc-mine', displayName: 'telegram-7', policies: ['default', 'reader'], tokenPolicies: ['default'],
      identityPolicies: ['reader'],
    metadata: { telegram_user_id: '7' }, entityId: 'e-1', tokenType: 'service', tokenTtl: 300, tokenIssueTime: time,
      remainingUses: 2,
  },
  policyResults: { allowed: true, grantingPolicies: ['reader'] },
  response: { data: { data: { api_hash: 'abc', env: 'prod' }, metadata: { version: 3 } } },
}

const authBlock = {
  client_token: hash('hvs.mine'), accessor: hash('acc-mine'), display_name: 'telegram-7', policies: ['default',
    'reader'],
  token_policies: ['default'], identity_policies: ['reader'], metadata: { telegram_user_id: '7' }, entity_id: 'e-1',
    token_type: 'service',
  token_ttl: 300, token_issue_time: time, remaining_uses: 2,
  policy_results: { allowed: true, granting_policies: [{ name: 'reader', namespace_id: 'root', type: 'acl' }] },
}
const mountBlock = { mount_point: 'secret/', mount_type: 'kv', mount_accessor: 'kv_1', mount_class: 'secret' }
const requestBlock = {
  id: 'id-1', client_id: 'e-1', operation: 'read', ...mountBlock, client_token: hash('hvs.mine'),
    client_token_accessor: hash('acc-mine'),
  namespace: { id: 'root' }, path: 'secret/data/telegram', data: { version: 3, note: 'hush' },
  remote_address: '192.0.2.1', remote_port: 4711, wrap_ttl: 60,
}

describe('audit record', () => {
  it('of a request has Vault\'s shape', () => {
    expect(plain(requestRecord(time, facts, rendering()))).toEqual({ time, type: 'request', auth: authBlock,
      request: requestBlock })
  })

  it('of an answer repeats the request and adds what is answered', () => {
    expect(plain(responseRecord(time, facts, rendering()))).toEqual({
      time, type: 'response', auth: authBlock, request: requestBlock,
      response: { ...mountBlock, data: { data: { api_hash: hash('abc'), env: 'prod' }, metadata: { version: 3 } } },
    })
  })

  it('of a login says what was granted, but neither token nor accessor', () => {
    const { caller, response, ...login } = facts
    const record = plain(responseRecord(time, { ...login, response: { auth, warnings: ['careful'] } }, rendering()))

    expect(record).not.toHaveProperty('auth')
    expect(record).toMatchObject({
      response: {
        auth: {
          client_token: hash('hvs.new'), accessor: hash('acc-new'), policies: ['default', 'reader'],
            metadata: { who: 'bob' },
          entity_id: 'e-1', token_type: 'service', token_ttl: 300,
        },
        warnings: ['careful'],
      },
    })
  })

  it('of a wrapped answer hides the wrapping token', () => {
    const wrap = { token: 'hvs.wrap', accessor: 'acc-wrap', ttl: 60, creation_time: time,
      creation_path: 'secret/data/telegram', wrapped_accessor: 'acc-new' }

    expect(plain(responseRecord(time, { ...facts, response: { wrap } }, rendering()))).toMatchObject({
      response: { wrap_info: { ...wrap, token: hash('hvs.wrap'), accessor: hash('acc-wrap'),
        wrapped_accessor: hash('acc-new') } },
    })
  })

  it('of an unwrapped answer hides its text', () => {
    const verbatim = '{"data":{"k":"v"}}'
    expect(plain(responseRecord(time, { ...facts, response: { verbatim } },
      rendering()))).toMatchObject({ response: { body: hash(verbatim) } })
  })

  it('tells the sentence of a refusal, and nothing of a bug', () => {
    const { denied } = defineErrors('test', { denied: { status: 403, text: () => 'permission denied' } })

    expect(requestRecord(time, { ...facts, error: denied() }, rendering()).error).toBe('permission denied')
    expect(requestRecord(time, { ...facts, error: new Error('cannot parse hvs.mine') },
      rendering()).error).toBe('internal error')
  })

  it('bounds names and warnings outside the data, and tells how many it left out', () => {
    const names = Array.from({ length: 250 }, (_, i) => `${i}`.padEnd(500, 'n'))
    const caller = { ...facts.caller!, displayName: 'd'.repeat(1_000_000), policies: names, tokenPolicies: names, identityPolicies: names }
    const warnings = [...Array.from({ length: 3 }, () => 'short'), 'w'.repeat(1_000_000), 'after']
    const login = { ...auth, policies: names, token_policies: names, identity_policies: names }
    const all: AnswerFacts = { ...facts, caller, policyResults: { allowed: true, grantingPolicies: names }, response: { auth: login, warnings } }

    const record = plain(responseRecord(time, all, rendering()))

    const kept = names.slice(0, 32)
    const lists = { policies: kept, policies_omitted: 218, token_policies_omitted: 218, identity_policies_omitted: 218 }
    expect(record).toMatchObject({
      auth: { ...lists, display_name: `${'d'.repeat(1024)}…`, policy_results: { granting_policies_omitted: 218 } },
      response: { auth: lists, warnings: ['short', 'short', 'short'], warnings_omitted: 2 },
    })
    expect(JSON.stringify(record).length).toBeLessThan(200_000)
  })

  it('drops no header that is asked for, whether it came once or often', () => {
    const headers = { 'x-correlation-id': { hmac: true }, 'user-agent': { hmac: false }, absent: { hmac: false } }

    const { request } = requestRecord(time, facts, rendering({ headers }))
    expect(request.headers).toEqual({ 'x-correlation-id': [hash('corr')], 'user-agent': ['curl'] })
  })

  it('never shows a header that is a credential, even when asked to', () => {
    const headers = { 'x-vault-token': { hmac: false } }
    const { request } = requestRecord(time, facts, rendering({ headers }))
    expect(request.headers).toEqual({ 'x-vault-token': [hash('hvs.mine')] })
  })

  it('gives the names of a list as their number where told to, and only of a list', () => {
    const response = { data: { keys: ['a', 'b'], key_info: { a: {}, b: {} }, other: 'x' } }
    const elided = rendering({ elideListResponses: true })

    expect(responseRecord(time, { ...facts, operation: 'list', response },
      elided).response?.data).toEqual({ keys: 2, key_info: 2, other: hash('x') })
    expect(responseRecord(time, { ...facts, response }, elided).response?.data).toMatchObject({ keys: [hash('a'),
      hash('b')] })
  })

  it('shows all of it where log_raw says so', () => {
    const text = JSON.stringify(responseRecord(time, { ...facts, response: { ...facts.response, auth } },
      rendering({}, true)))
    for (const secret of ['hvs.mine', 'hvs.new', 'acc-mine', 'abc']) expect(text).toContain(secret)
  })

  it('never holds a token, an accessor or a string of the data', () => {
    const secret = fc.uuid()
    const data = fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), fc.oneof(secret, fc.array(secret),
      fc.dictionary(fc.constant('inner'), secret)))

    fc.assert(
      fc.property(data, data, fc.array(secret, { minLength: 6, maxLength: 6 }), (input, answer, [t1, t2, t3, a1, a2,
        a3]) => {
        const some: AnswerFacts = {
          ...facts,
          request: { ...facts.request, input, token: t1 },
          mount: undefined,
          caller: { ...facts.caller!, accessor: a1! },
          response: {
            data: answer,
            auth: { ...auth, client_token: t2!, accessor: a2! },
            wrap: { token: t3!, accessor: a3!, ttl: 1, creation_time: time, creation_path: 'p' },
          },
        }
        const text = JSON.stringify([requestRecord(time, some, rendering()), responseRecord(time, some, rendering())])
        expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/)
      }),
    )
  })
})
