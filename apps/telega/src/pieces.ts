import { parts } from './parts.js'

/** What goes out as one message. */
export type Piece = { readonly text: string } | { readonly file: Uint8Array; readonly fileName: string; readonly caption: string }

/** More messages than this at once are a nuisance, and bring a flood wait for everybody. */
const mostMessages = 4

/** An answer as messages; one that would be many as a file. `name` is that of the command. */
export function pieces(text: string, name: string): readonly Piece[] {
  const messages = parts(text)
  if (messages.length <= mostMessages) return messages.map((part) => ({ text: part }))
  const caption = `The answer is too long for messages: its ${text.length} characters are in this file.`
  return [{ file: Buffer.from(text, 'utf8'), fileName: `${name}.txt`, caption }]
}
