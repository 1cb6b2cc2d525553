/**
 * Rows as aligned columns, four spaces apart, the first row underlined. Empty cells read `n/a`. Trailing spaces are not printed.
 * A cell of several lines continues under itself, so that a policy or a key inside a table stays readable.
 */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows
  const underline = head.map((cell) => '-'.repeat(cell.length))
  return columns(rows.length ? [head, underline, ...rows.slice(1)] : [])
}

/** The same without a heading. */
export function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (cell === '' ? 'n/a' : cell)))
  const widths = cells.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, width(cell))), [])
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - width(cell)))).join('    ')
  return cells.map((row) => line(row).trimEnd()).join('\n')
}

const width = (text: string) => [...text].length

/** `====== Data ======`: as wide as the table under it, at least two signs on either side. */
export function heading(title: string, total: number): string {
  const room = total - (title.length + 2)
  const signs = Math.ceil((room <= 0 ? 4 : room) / 2)
  return `${'='.repeat(signs)} ${title} ${'='.repeat(signs)}`
}

/** The heading over a table of `data`: its longest name, the gap, and the word "Value". */
export const headingOver = (title: string, data: object): string =>
  heading(title, Math.max(0, ...Object.keys(data).map((key) => key.length)) + 4 + 'Value'.length)
