import { describe, expect, it } from 'vitest'
import { cleanPath } from './path.js'
import { against } from './testing/against.js'
import { envelope } from './testing/server.js'

const mount = (path: string) => ({ [`GET /v1/sys/internal/ui/mounts/${path}`]: envelope({ path: 'sec/', type: 'kv', options: { version: '2' } }) })

describe('a path', () => {
  it.each([['/a/', 'a'], ['//a//', 'a'], ['a /', 'a '], [' a', ' a'], ['a\t/', 'a\t'], ['/ /', ' '], ['', '']])('%j is %j: only slashes at the ends go', (typed, sent) => {
    expect(cleanPath(typed)).toBe(sent)
    expect(cleanPath(sent)).toBe(sent)
  })

  it.each([
    ['kv put', 'sec/1 /2', 'PUT /v1/sec/data/1%20/2'],
    ['kv list', 'sec/1 /', 'GET /v1/sec/metadata/1%20?list=true'],
    ['kv delete', 'sec/victim /', 'DELETE /v1/sec/data/victim%20'],
    ['kv delete', 'sec/victim ', 'DELETE /v1/sec/data/victim%20'],
    ['kv metadata delete', 'sec/victim /', 'DELETE /v1/sec/metadata/victim%20'],
    ['kv get', '/sec/victim\t', 'GET /v1/sec/data/victim%09'],
  ])('of %s is what was typed: %j', async (name, path, request) => {
    const asked1 = encodeURIComponent(path.replace(/^\/+|\/+$/g, '')).replace(/%2F/g, '/')
    const { vault, asked } = await against(mount(asked1))

    await vault([...name.split(' '), path, ...(name === 'kv put' ? ['3=4'] : [])])

    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([`GET /v1/sys/internal/ui/mounts/${asked1}`, request])
  })

  it('whose capabilities are asked for keeps its slash too: a folder has its own', async () => {
    const { vault, asked } = await against({ 'PUT /v1/sys/capabilities-self': envelope({ 'sec/': ['list'], capabilities: ['list'] }) })

    expect((await vault('token capabilities sec/')).out).toBe('list\n')
    expect(asked[0]?.body).toEqual({ paths: ['sec/'] })
  })

  it('after -mount is what was typed', async () => {
    const { vault, asked } = await against({ 'GET /v1/sys/internal/ui/mounts/sec': envelope({ path: 'sec/', options: { version: '2' } }) })

    await vault(['kv', 'delete', '-mount=sec', 'victim /'])

    expect(asked.at(-1)).toMatchObject({ method: 'DELETE', url: '/v1/sec/data/victim%20' })
  })

  it.each([
    [['read', 'a '], 'GET /v1/a%20'], [['write', '-f', ' a'], 'PUT /v1/%20a'], [['delete', 'a /'], 'DELETE /v1/a%20'], [['list', 'a /'], 'GET /v1/a%20?list=true'],
    [['secrets', 'disable', 'team '], 'DELETE /v1/sys/mounts/team%20'], [['auth', 'disable', 'team '], 'DELETE /v1/sys/auth/team%20'],
    [['audit', 'disable', 'file '], 'DELETE /v1/sys/audit/file%20'], [['policy', 'delete', ' bot'], 'DELETE /v1/sys/policies/acl/%20bot'],
    [['policy', 'read', 'bot '], 'GET /v1/sys/policies/acl/bot%20'],
  ])('of %j keeps its blanks, so that nothing else is meant', async (words, request) => {
    const { vault, asked } = await against({})

    await vault(words)

    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([request])
  })
})
