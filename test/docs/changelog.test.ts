import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './markdown.js'

const folder = join(root, 'changelog')
const fragments = readdirSync(folder).filter((name) => name !== 'README.md')

it('holds fragments with a number, used once, and a kind', () => {
  for (const name of fragments) expect(name).toMatch(/^\d{4}\.(added|changed|fixed|security|removed)\.md$/)
  expect(new Set(fragments.map((name) => name.slice(0, 4))).size).toBe(fragments.length)
})

it.each(fragments)('says in %s in a sentence or two what changed', (name) => {
  const text = readFileSync(join(folder, name), 'utf8').trim()

  expect(text).toMatch(/^\S[^]{20,400}\.$/)
})
