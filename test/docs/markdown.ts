import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Page {
  /** Relative to the repository. */
  readonly file: string
  readonly text: string
}

/** A fenced block. The first word of its fence names a language; what follows says what a test does with it. */
export interface Fence {
  readonly language: string
  readonly rest: string
  readonly body: string
  readonly line: number
}

const pageAt = (file: string): Page => ({ file, text: readFileSync(join(root, file), 'utf8') })

/** Every page somebody may read here. */
export function pages(): Page[] {
  const inFolders = ['docs', 'changelog', 'examples', 'packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => `${folder}/${name}`),
  )
  const atTop = readdirSync(root).filter((name) => name.endsWith('.md'))
  return [...atTop, ...inFolders].map(pageAt)
}

export const page = (file: string): Page => pageAt(file)

export function fences({ file, text }: Page): Fence[] {
  const found: Fence[] = []
  let open: { mark: string; language: string; rest: string; line: number; body: string[] } | undefined
  for (const [i, line] of text.split('\n').entries()) {
    const [, mark = '', info = ''] = /^ {0,3}(`{3,})(.*)$/.exec(line) ?? []
    if (open && mark === open.mark && info === '') {
      found.push({ ...open, body: open.body.map((one) => `${one}\n`).join('') })
      open = undefined
    } else if (open) open.body.push(line)
    else if (mark) {
      const [language = '', ...rest] = info.trim().split(/\s+/)
      open = { mark, language, rest: rest.join(' '), line: i + 1, body: [] }
    }
  }
  if (open) throw new Error(`${file}:${open.line}: a fence is never closed`)
  return found
}

/** The text without its fenced blocks and code spans: where links are links. */
export const prose = ({ text }: Page): string =>
  text.replace(/^ {0,3}(`{3,})[^`]*$[\s\S]*?^ {0,3}\1$/gm, '').replace(/`[^`\n]*`/g, '')
