/** One line of a layout. What is `fixed` is inside a value or a comment of several lines, and is never indented. */
export interface Line {
  readonly text: string
  readonly fixed: boolean
}

export const line = (text: string): Line => ({ text, fixed: false })
export const empty = line('')

/** A text of one or several lines, of which only the first may be moved. */
export const textLines = (text: string): Line[] => text.split('\n').map((one, at) => ({ text: one, fixed: at > 0 }))

export const indented = (lines: readonly Line[]): Line[] => lines.map((one) => (one.fixed || one.text === '' ? one : line(`  ${one.text}`)))

/** `lines` with `before` in front of the first and `after` behind the last. */
export function between(before: string, lines: readonly Line[], after = ''): Line[] {
  return lines.map(({ text, fixed }, at) => ({ text: (at === 0 ? before : '') + text + (at === lines.length - 1 ? after : ''), fixed }))
}

export const joined = (lines: readonly Line[]): string => lines.map(({ text }) => text).join('\n')

const encoder = new TextEncoder()

/** Columns are counted in bytes, as hclfmt counts them. */
export const width = (text: string): number => encoder.encode(text).length

export const padding = (columns: number): string => ' '.repeat(Math.max(0, columns))
