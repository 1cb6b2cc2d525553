import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pages, root } from './markdown.js'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts
const sources = ['packages', 'apps'].flatMap((folder) =>
  (readdirSync(join(root, folder), { recursive: true }) as string[])
    .filter((name) => /^[^/]+\/src\/.*\.ts$/.test(name) && !name.endsWith('.test.ts'))
    .map((name) => read(`${folder}/${name}`)),
)

/** Rows of the error catalogues that nothing throws, as `CoreError.lastUse`. */
function unthrown(texts: readonly string[]): string[] {
  const rows = texts.flatMap((text) =>
    [...text.matchAll(/^export const (\w+) = defineErrors\('\w+', \{([\s\S]*?)^\}\)/gm)].flatMap(([, name = '', body = '']) =>
      [...body.matchAll(/^ {2}(\w+): \{/gm)].map(([, row = '']) => `${name}.${row}`),
    ),
  )
  // A row may be thrown, handed on as a function that makes it, or chosen by its name from a table.
  const names = (row: string) => new RegExp(`\\b${row.replace('.', '\\.')}\\b(?!\\.is\\b)|'${row.split('.')[1]}'`)
  return rows.filter((row) => !texts.some((text) => names(row).test(text)))
}

describe('what the documentation says', () => {
  it.each(pages().map((one) => [one.file, one.text] as const))('of commands in %s can be run', (_, text) => {
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script)

    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([])
  })

  it('of errors is said by the program: every row is thrown somewhere', () => {
    expect(unthrown(sources)).toEqual([])
  })

  it('of errors that nothing throws is found', () => {
    const catalogue = "export const E = defineErrors('e', {\n  used: { status: 1 },\n  lost: { status: 1 },\n  asked: { status: 1 },\n})\n"

    expect(unthrown([catalogue, 'throw E.used()', 'if (E.asked.is(error)) return'])).toEqual(['E.lost', 'E.asked'])
  })
})
