/** Colours for a terminal; none for a pipe. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  green(text: string): string
}

export function paint(coloured: boolean): Paint {
  const with_ = (code: number) => (text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text)
  return { bold: with_(1), dim: with_(2), green: with_(32) }
}

/** A chapter of the story: a short name and what happened. */
export const chapter = (p: Paint, name: string, text: string) => `  ${p.green('✓')} ${p.bold(name.padEnd(9))} ${text}\n`

/** What somebody said in the chat, further lines under the first. */
export const said = (p: Paint, who: string, text: string) =>
  `  ${p.bold(who.padEnd(7))} ${text.split('\n').join(`\n          `)}\n`
