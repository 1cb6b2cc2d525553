import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { page, root } from './markdown.js'

/** `file.test.ts`: "a title": what SECURITY.md gives as the proof of a promise. */
const proof = /`([\w./-]+\.(?:(?:test|faults)\.ts|py))`: "([^"]+)"/g

const rows = page('SECURITY.md').text.split('\n').filter((line) => /^\| \d+ \|/.test(line))

/** Titles are compared as they stand in the source, where quotes may be escaped. */
const titles = (file: string) => readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'")

describe('SECURITY.md', () => {
  it('numbers its promises, each once', () => {
    expect(rows.map((row) => Number(row.split('|')[1]))).toEqual(rows.map((_, i) => i + 1))
    expect(rows.length).toBeGreaterThan(20)
  })

  it.each(rows)('names for %s a test that exists', (row) => {
    const proofs = [...row.matchAll(proof)]

    expect(proofs.length, 'a promise without a test').toBeGreaterThan(0)
    for (const [, file = '', title = ''] of proofs) {
      expect(existsSync(join(root, file)), `${file} is not there`).toBe(true)
      expect(titles(file), `${file} has no test "${title}"`).toContain(title)
    }
  })
})
