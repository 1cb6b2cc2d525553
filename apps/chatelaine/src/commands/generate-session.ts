import { command, text, type Command } from '@chatelaine/cli'
import { resolve } from 'node:path'

export const generateSessionCommand: Command = command({
  name: 'generate-session',
  summary: "Log the userbot in to Telegram and keep its session, sealed.",
  flags: { folder: text('The folder with .env and telega/session_keys.json; the current one.', 'path') },
  examples: [
    ['Log in by phone, code and two-step password:', 'generate-session'],
    ['Answer from a pipe, one line each:', 'generate-session < answers.txt'],
  ],
  doing: 'making the session',
  async run({ flags, io }) {
    const { generateSession, readSettings } = await import('@chatelaine/telega')
    const { asker } = await import('../ask.js')
    const { ask, close } = asker(process.stdin, process.stderr)
    try {
      await generateSession(readSettings(resolve(io.cwd, flags.folder ?? '.'), io.env), { ask, say: (line) => void io.stdout.write(`${line}\n`) })
    } finally {
      close()
    }
  },
})
