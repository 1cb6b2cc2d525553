/** The most that Telegram takes in one message. It counts characters; counting UTF-16 units is never less. */
const longest = 4096

/** `text` as messages, in order: cut at the ends of lines where there are any, and never inside a character. */
export function parts(text: string, most = longest): string[] {
  const found: string[] = []
  let rest = text
  while (rest.length > most) {
    const line = rest.lastIndexOf('\n', most)
    const end = line > 0 ? line : wholeCharacters(rest, most)
    found.push(rest.slice(0, end))
    rest = rest.slice(line > 0 ? end + 1 : end)
  }
  // Telegram refuses a message that is nothing but white space.
  return [...found, rest].filter((part) => part.trim() !== '')
}

const wholeCharacters = (text: string, end: number) => (/[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end)
