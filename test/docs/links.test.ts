import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { page, pages, prose, root, type Page } from './markdown.js'

/** What a heading is called in a link, as GitHub makes it. */
const anchors = (one: Page) =>
  [...one.text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replace(/[^\p{L}\p{N}\- _]/gu, '').replaceAll(' ', '-'))

const linksOf = (one: Page) => [...prose(one).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)

function brokenLinks(one: Page): string[] {
  return linksOf(one).filter((target) => {
    if (/^[a-z]+:/.test(target)) return false
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? one.file : normalize(join(dirname(one.file), path))
    if (!existsSync(join(root, file))) return true
    return anchor !== undefined && !anchors(file === one.file ? one : page(file)).includes(anchor)
  })
}

describe('links', () => {
  it.each(pages().map((one) => [one.file, one] as const))('of %s lead somewhere', (_, one) => {
    expect(brokenLinks(one)).toEqual([])
  })

  it('that lead nowhere are found', () => {
    const text = '# Here\n[a](#here) [b](#there) [c](nowhere.md) [d](https://example.org)\n```sh\n[e](code)\n```\n'

    expect(brokenLinks({ file: 'README.md', text })).toEqual(['#there', 'nowhere.md'])
  })

  it('of every page beginning at the README reach every page', () => {
    const reached = new Set<string>()
    const walk = (file: string) => {
      if (reached.has(file)) return
      reached.add(file)
      for (const target of linksOf(page(file))) {
        const next = normalize(join(dirname(file), target.split('#')[0] ?? ''))
        if (next.endsWith('.md') && existsSync(join(root, next))) walk(next)
      }
    }
    walk('README.md')

    const lonely = pages().map(({ file }) => file).filter((file) => !reached.has(file) && !/^(changelog\/\d)/.test(file))
    expect(lonely).toEqual([])
  })
})
