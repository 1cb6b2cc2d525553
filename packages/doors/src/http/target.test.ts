import { describe, expect, it } from 'vitest'
import { HttpError } from '../errors.js'
import { checkPath } from '../path.js'
import { readTarget } from './target.js'

const pathOf = (url: string) => checkPath(readTarget(url).path, 'read')

describe('a request target', () => {
  it.each([
    ['/v1/secret/data/a', 'secret/data/a'],
    ['/v1/secret/', 'secret/'],
    ['/v1/a+b', 'a+b'],
    ['/v1/a%2Bb%20c', 'a+b c'],
    ['/v1/a%2Fb', 'a/b'],
    ['/v1/%252e%252e/a', '%2e%2e/a'],
    ['/v1/a%25', 'a%'],
    ['/v1/%C3%A9%E2%82%AC', 'é€'],
    ['/v1/.hidden/..data/a..b/...', '.hidden/..data/a..b/...'],
    ['http://vault:8200/v1/a?b=c', 'a'],
  ])('%s leads to %s', (url, path) => {
    expect(pathOf(url)).toBe(path)
  })

  it.each([
    ...['/v1/a/../b', '/v1/..', '/v1/../sys', '/v1/a/.', '/v1/./a', '/v1/a/..'],
    ...['/v1/a/%2e%2e/b', '/v1/a/%2E./b', '/v1/%2e', '/v1/a%2F%2Fb', '/v1/a%2F..%2Fb', '/v1/%2Fa', '/v1/a%2f%2e%2e'],
  ])('%s has a segment nobody may name', (url) => {
    expect(() => pathOf(url)).toThrow(expect.toSatisfy(HttpError.badSegment.is))
  })

  it.each([
    ...['/v1/a%00b', '/v1/a%0a', '/v1/a%7f', '/v1/a%1b', '/v1/%C2%85', '/v1/%C2%A0', '/v1/%E2%80%AE', '/v1/%E2%80%A8'],
    ...['/v1/%', '/v1/%2', '/v1/%zz', '/v1/%ff', '/v1/%C3', '/v1/%ED%A0%80', '/v1/\xe9', '/v1/a#b', '/v1/a\u0001'],
  ])('%j is not printable text encoded once', (url) => {
    expect(() => pathOf(url)).toThrow(expect.toSatisfy(HttpError.unprintablePath.is))
  })

  it.each(['/', '/ui', '/ui/', '/v1', '/v1/', '/v2/a', '/V1/a', '*', '', '/%761/a', '//v2/a', 'http://vault'])('%j is nowhere', (url) => {
    expect(() => pathOf(url)).toThrow(expect.toSatisfy(HttpError.notHere.is))
  })

  it('names the folder of a listing with its slash', () => {
    expect([checkPath('a', 'list'), checkPath('a/', 'list'), checkPath('a', 'read')]).toEqual(['a/', 'a/', 'a'])
  })

  it.each([['//v1/a', '/v1/a'], ['/v1//a//b//?c=//', '/v1/a/b/?c=//'], ['http://vault//v1/a', '/v1/a']])('%s has the clean form %s', (url, clean) => {
    expect(readTarget(url).clean).toBe(clean)
  })

  it('that is clean has no other form', () => {
    expect(readTarget('/v1/a?b=//')).not.toHaveProperty('clean')
  })

  it('keeps the query as it was sent', () => {
    expect(readTarget('/v1/a?b=%2e%2e&c=?').query).toBe('b=%2e%2e&c=?')
  })
})
