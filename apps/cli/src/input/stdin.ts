import { StringDecoder } from 'node:string_decoder'
import { CliError } from '../errors.js'
import type { Io, Source } from '../io.js'

/** All of standard input as text. */
export async function wholeInput({ stdin }: Io): Promise<string> {
  const decoder = new StringDecoder('utf8')
  let text = ''
  for await (const chunk of stdin) text += typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk))
  return text + decoder.end()
}

/** A secret typed without being shown, or the first line of what is piped in. */
export async function askHidden(io: Io, what: string, interactive: boolean): Promise<string> {
  const { stdin, stderr } = io
  if (!stdin.isTTY || !stdin.setRawMode) return firstLine(await wholeInput(io), what)
  if (!interactive) throw CliError.noTerminal({ what })
  // Before the question, so that nothing typed at once is shown.
  stdin.setRawMode(true)
  try {
    stderr.write(`${what} (will be hidden): `)
    return await typedLine(stdin)
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

function firstLine(text: string, what: string): string {
  const line = text.split(/\r?\n/, 1)[0]?.trim() ?? ''
  if (line === '') throw CliError.noTerminal({ what })
  return line
}

const enter = /[\r\n\u0004]/
const interrupt = '\u0003'
const erase = /^[\u0008\u007f]$/

/** Raw mode gives keys, not lines: erasing and interrupting are ours to do. */
function typedLine(stdin: Source): Promise<string> {
  const decoder = new StringDecoder('utf8')
  return new Promise((resolve, reject) => {
    let line = ''
    const take = (chunk: Uint8Array | string) => {
      for (const key of typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk))) {
        if (key === interrupt) return finish(() => reject(CliError.interrupted()))
        if (enter.test(key)) return finish(() => resolve(line.trim()))
        line = erase.test(key) ? line.slice(0, -1) : line + key
      }
    }
    const finish = (then: () => void) => {
      stdin.off('data', take)
      then()
    }
    stdin.on('data', take)
    stdin.resume()
  })
}
