import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openFuzzHouse, type FuzzHouse } from './house.js'

let house: FuzzHouse
beforeEach(async () => void (house = await openFuzzHouse()))
afterEach(() => house.close())

const word = fc.constantFrom(
  ...['sys', 'auth', 'token', 'secret', 'plain', 'deep', 'er', 'cubbyhole', 'data', 'metadata', 'create', 'lookup-self', 'mounts', 'policies', 'acl', 'tune'],
  ...['.', '..', '', '%2e', '%2e%2e', '%2F', '%252e', '%00', '%0a', '%ff', '%', '+', '*', '~', ' ', '%20', 'ü', '%C3%BC', '__proto__', 'constructor', 'a'],
)
const segment = fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 8 }).map(encodeURIComponent) })
const path = fc.array(segment, { maxLength: 7 }).map((segments) => segments.join('/'))
const query = fc.oneof(fc.constant(''), fc.constantFrom('?list=true', '?help=1', '?version=1', '?list=maybe', '?a=%zz', '?version=999999999999', '?after=&limit=-1'))
const asked = fc.record({ method: fc.constantFrom('GET', 'LIST', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'), path, query })

/** What the HTTP client itself would refuse to send. */
const sendable = (text: string) => encodeURI(decodable(text)).replaceAll('%25', '%')
const decodable = (text: string) => text.toWellFormed?.() ?? text

it('whatever the path, the router answers, and never with a failure of its own', async () => {
  await fc.assert(
    fc.asyncProperty(asked, async ({ method, path, query }) => {
      // Sealing would end the game, and revoking the root token as well.
      if (/seal|revoke|rotate/.test(path)) return
      const { status } = await house.ask({ method, target: `/v1/${sendable(path)}${query}`, token: house.rootToken, ...(method === 'POST' && { body: '{}' }) })
      expect(status).toBeLessThan(500)
    }),
    { numRuns: 1500 },
  )
  expect(house.log()).toBe('')
})

it('a token that may use one mount reaches nothing outside it, however the path is spelt', async () => {
  const policy = 'path "plain/mine/*" { capabilities = ["create", "read", "update", "delete", "list"] }'
  const root = house.rootToken
  await house.ask({ method: 'POST', target: '/v1/sys/policies/acl/mine', token: root, body: JSON.stringify({ policy }) })
  await house.ask({ method: 'POST', target: '/v1/plain/theirs', token: root, body: '{"marked":"THEIRS"}' })
  await house.ask({ method: 'POST', target: '/v1/secret/data/theirs', token: root, body: '{"data":{"marked":"THEIRS"}}' })
  const made = await house.ask({ method: 'POST', target: '/v1/auth/token/create', token: root, body: '{"policies":["mine"],"no_default_policy":true}' })
  const token = JSON.parse(made.text).auth.client_token as string
  const step = fc.constantFrom('..', '.', '', '%2e%2e', '%2E.', '.%2e', '%2F', '%2f..', '%252e%252e', '%5c..', 'mine', 'plain', 'theirs', 'secret', 'data', 'v1', '*', '+')

  await fc.assert(
    fc.asyncProperty(fc.constantFrom('GET', 'LIST', 'POST', 'DELETE'), fc.array(step, { maxLength: 6 }), async (method, steps) => {
      const target = `/v1/plain/mine/${steps.join('/')}`
      const { text } = await house.ask({ method, target, token, ...(method === 'POST' && { body: '{"marked":"MINE"}' }) })
      expect(text).not.toContain('THEIRS')
    }),
    { numRuns: 600 },
  )

  const theirs = [await house.ask({ method: 'GET', target: '/v1/plain/theirs', token: root }), await house.ask({ method: 'GET', target: '/v1/secret/data/theirs', token: root })]
  for (const { status, text } of theirs) {
    expect(status).toBe(200)
    expect(text).toContain('THEIRS')
  }
  const names = JSON.parse((await house.ask({ method: 'LIST', target: '/v1/plain', token: root })).text).data.keys as string[]
  expect(names.filter((name) => name !== 'mine/')).toEqual(['theirs'])
})
