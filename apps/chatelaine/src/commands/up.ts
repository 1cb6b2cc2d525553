import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { resolve } from 'node:path'
import { command, many, text, whole, yes, type Command, type Io } from '@chatelaine/cli'
import { onSignal, untilStopped } from '../signals.js'
import { paint, said } from '../up/story.js'
import type { Running, RunningOnTelegram, UpOptions } from '../up/up.js'
import { idsOf } from './setup-userbot.js'

export const upCommand: Command = command({
  name: 'up',
  summary: 'Try everything at once: a Vault, a Telegram sandbox, the userbot, and a chat with it.',
  flags: {
    data: text('Keep everything in this folder; otherwise a temporary one is used and removed.', 'path'),
    port: whole('The port of the Vault; 8200, or another if that is taken.'),
    allow: many('On Telegram itself: numeric id of somebody who may ask for the keys. May be given several times.', 'id'),
    sandbox: yes('Use the sandbox though there is a session for Telegram itself in telega/.'),
    serve: yes('Do not chat, but keep running until told to stop.'),
  },
  excludes: [['sandbox', 'allow']],
  examples: [
    ['See it work, then talk to the userbot:', 'up'],
    ['Keep what is stored:', 'up -data=./chatelaine-data'],
    ['On Telegram itself, once telega/ has session_keys.json and a session:', 'up -data=./chatelaine-data -allow=123456789'],
  ],
  doing: 'bringing everything up',
  async run({ flags, io }) {
    const paints = paint(io.stdout.isTTY === true && !io.env['NO_COLOR'])
    const print = (line: string) => void io.stdout.write(line)
    const { up } = await import('../up/up.js')
    const { wordsFor } = await import('../words.js')
    const starting = new AbortController()
    const stop = untilStopped()
    stop.asked.then(() => starting.abort(), () => undefined)
    const options: UpOptions = {
      data: flags.data === undefined ? undefined : resolve(io.cwd, flags.data),
      port: flags.port,
      program: 'npx chatelaine',
      telegram: flags.sandbox ? undefined : realTelegram(io, flags.allow),
      signal: starting.signal,
    }
    const running = await up(options, { print, report: (error) => print(`  (${wordsFor(error)})\n`), paint: paints, passphrase: () => askPassphrase() })
    stop.release()
    return await stay(running, { io, serve: flags.serve === true }).finally(() => running.close())
  },
})

type Everything = Running | RunningOnTelegram

/** Until somebody has had enough, or the userbot can go on no longer. */
async function stay(running: Everything, { io, serve }: { readonly io: Io; readonly serve: boolean }): Promise<number> {
  const terminal = io.stdin.isTTY === true && io.stdout.isTTY === true
  if (running.person && terminal && !serve) return chat(running, io)
  if (!running.person || serve) {
    const why = await Promise.race([running.ended, untilStopped().asked])
    if (why instanceof Error) throw why
    return why ?? 0
  }
  io.stdout.write('There is no terminal here to chat on, so this is the end; run it on one to try more, or with -serve.\n')
  return 0
}

/** Telegram itself, where there are the keys of an application and a session that somebody has logged in. */
function realTelegram(io: Io, allow: readonly string[]): UpOptions['telegram'] {
  const at = (name: string) => resolve(io.cwd, 'telega', name)
  if (!existsSync(at('session_keys.json')) || !existsSync(at('session.sealed'))) return undefined
  return { folder: io.cwd, users: idsOf(allow), env: io.env }
}

async function askPassphrase(): Promise<string> {
  const { asker } = await import('../ask.js')
  const { ask, close } = asker(process.stdin, process.stderr)
  return ask('The passphrase of the session: ', { hidden: true }).finally(close)
}

/** A line typed is a message sent; what comes back is shown. Ends with Ctrl-D or Ctrl-C. */
async function chat({ person, names }: Running, io: Io): Promise<number> {
  const paints = paint(!io.env['NO_COLOR'])
  io.stdout.write(`Or talk to ${names.bot} as ${names.person}; /help says what can be asked, Ctrl-D ends.\n\n`)
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: `  ${paints.bold(names.person.padEnd(7))} ` })
  let code = 0
  const hungUp = () => {
    code = 129
    lines.close()
  }
  const release = onSignal({ stop: () => lines.close(), reload: hungUp })
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
  return code
}
