import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'
import { TelegaError } from '@chatelaine/telega'

/** Asks questions on a terminal, or takes piped lines as answers, in order. Answers are as they were typed: blanks belong to a password. */
export interface Asker {
  ask(question: string, options?: { readonly hidden?: boolean }): Promise<string>
  close(): void
}

export function asker(stdin: NodeJS.ReadStream, stderr: NodeJS.WritableStream): Asker {
  const terminal = stdin.isTTY === true
  let muted = false
  // What is typed is echoed by readline itself, so hiding an answer is not passing the echo on.
  const screen = new Writable({
    write: (chunk: Buffer, _, done) => {
      if (!muted) stderr.write(chunk)
      done()
    },
  })
  const lines = createInterface({ input: stdin, output: terminal ? screen : undefined, terminal })
  const waiting = terminal ? undefined : lines[Symbol.asyncIterator]()
  return {
    async ask(question, { hidden = false } = {}) {
      if (waiting) return nextLine(waiting, question)
      const answer = typed(lines, question)
      muted = hidden
      return answer.finally(() => {
        if (muted) stderr.write('\n')
        muted = false
      })
    },
    close: () => lines.close(),
  }
}

const typed = (lines: Interface, question: string) =>
  new Promise<string>((resolve, reject) => {
    const left = () => reject(TelegaError.noTerminal({ what: question.replace(/[:\s]+$/, '') }))
    lines.once('close', left)
    lines.question(question, (answer) => {
      lines.off('close', left)
      resolve(answer)
    })
  })

async function nextLine(waiting: AsyncIterator<string>, question: string): Promise<string> {
  const { value, done } = await waiting.next()
  if (done) throw TelegaError.noTerminal({ what: question.replace(/[:\s]+$/, '') })
  return String(value)
}
