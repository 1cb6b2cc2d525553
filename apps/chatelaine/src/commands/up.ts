import { createInterface } from 'node:readline/promises'
import { resolve } from 'node:path'
import { command, text, whole, yes, type Io, type Command } from '@chatelaine/cli'
import { onSignal, stopAsked } from '../signals.js'
import { paint, said } from '../up/story.js'
import type { Running } from '../up/up.js'
import { wordsFor } from './userbot.js'

export const upCommand: Command = command({
  name: 'up',
  summary: 'Try everything at once: a Vault, a Telegram sandbox, the userbot, and a chat with it.',
  flags: {
    data: text('Keep everything in this folder; otherwise a temporary one is used and removed.', 'path'),
    port: whole('The port of the Vault; 8200, or another if that is taken.'),
    serve: yes('Do not chat, but keep running until told to stop.'),
  },
  examples: [
    ['See it work, then talk to the userbot:', 'up'],
    ['Keep what is stored:', 'up -data=./chatelaine-data'],
  ],
  doing: 'bringing everything up',
  async run({ flags, io }) {
    const paints = paint(io.stdout.isTTY === true && !io.env['NO_COLOR'])
    const print = (line: string) => void io.stdout.write(line)
    const { up } = await import('../up/up.js')
    const running = await up(
      { data: flags.data === undefined ? undefined : resolve(io.cwd, flags.data), port: flags.port, program: 'npx chatelaine' },
      { print, report: (error) => print(`  (${wordsFor(error)})\n`), paint: paints },
    )
    try {
      if (flags.serve) await stopAsked()
      else if (io.stdin.isTTY && io.stdout.isTTY) await chat(running, io)
      else print('There is no terminal here to chat on, so this is the end; run it on one to try more, or with -serve.\n')
    } finally {
      await running.close()
    }
  },
})

/** A line typed is a message sent; what comes back is shown. Ends with Ctrl-D or Ctrl-C. */
async function chat({ person, names }: Running, io: Io): Promise<void> {
  const paints = paint(!io.env['NO_COLOR'])
  io.stdout.write(`Or talk to ${names.bot} as ${names.person}; /help says what can be asked, Ctrl-D ends.\n\n`)
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: `  ${paints.bold(names.person.padEnd(7))} ` })
  const release = onSignal({ stop: () => lines.close(), reload: () => undefined })
  lines.on('SIGINT', () => lines.close())
  lines.prompt()
  for await (const line of lines) {
    const words = line.trim()
    if (words.startsWith('/')) io.stdout.write(said(paints, names.bot, await person.ask(words)))
    else if (words !== '') io.stdout.write(`          (${names.bot} answers commands; they begin with a slash, as /help does)\n`)
    lines.prompt()
  }
  release()
  io.stdout.write('\n')
}
