import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { page, root } from './markdown.js'

it('docs/errors.md, openapi.json and commands.md are what the code says', () => {
  expect(() => execFileSync(process.execPath, [join(root, 'tools/generate.mjs'), '--check'], { stdio: 'pipe' })).not.toThrow()
})

it('docs/errors.md names facts, not what JavaScript makes of their absence', () => {
  expect(page('docs/errors.md').text).not.toMatch(/undefined|NaN|\[object|function/)
})

it('docs/openapi.json describes the addresses every client begins with', () => {
  const { paths } = JSON.parse(page('docs/openapi.json').text) as { paths: Record<string, Record<string, unknown>> }

  for (const path of ['/sys/health', '/sys/init', '/sys/mounts', '/auth/token/lookup-self', '/secret/data/{path}', '/auth/telegram/login']) {
    expect(Object.keys(paths)).toContain(path)
  }
})
