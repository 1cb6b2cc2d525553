/** A chat command: its name without the slash, in lower case, and its words. */
export interface Spoken {
  readonly name: string
  readonly words: readonly string[]
}

const name = /^\/([A-Za-z][A-Za-z0-9_]{0,31})(?:@[A-Za-z0-9_]{1,64})?(?=\s|$)/
const longest = 4096

/**
 * Reads a message as a command: `/name word "two words" key="a b"`. A quote that is never closed takes the rest. Undefined
 * when it is not a command at all; never throws, whatever was typed.
 */
export function parseCommand(text: string): Spoken | undefined {
  const found = name.exec(text)
  if (!found || text.length > longest) return undefined
  return { name: (found[1] ?? '').toLowerCase(), words: wordsOf(text.slice(found[0].length)) }
}

const closing: Readonly<Record<string, string>> = { '"': '"', "'": "'", '“': '”', '„': '“', '«': '»' }

function wordsOf(text: string): string[] {
  const words: string[] = []
  let word = ''
  let open: string | undefined
  let begun = false
  for (const char of text) {
    if (open !== undefined) {
      if (char === open) open = undefined
      else word += char
    } else if (Object.hasOwn(closing, char)) {
      open = closing[char]
      begun = true
    } else if (/\s/.test(char)) {
      if (begun) words.push(word)
      word = ''
      begun = false
    } else {
      word += char
      begun = true
    }
  }
  return begun ? [...words, word] : words
}
