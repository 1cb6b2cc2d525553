import { command, type Command } from '@chatelaine/cli'
import { folderFlag, userbotSettings, withEnvFile } from '../folder.js'

export const generateSessionCommand: Command = command({
  name: 'generate-session',
  summary: "Log the userbot in to Telegram and keep its session, sealed.",
  flags: { folder: folderFlag },
  examples: [
    ['Log in by phone, code and two-step password:', 'generate-session'],
    ['Answer from a pipe, one line each:', 'generate-session < answers.txt'],
  ],
  doing: 'making the session',
  surroundings: withEnvFile,
  async run({ flags, io, settings, aside }) {
    const { generateSession } = await import('@chatelaine/telega')
    const { asker } = await import('../ask.js')
    const { ask, close } = asker(process.stdin, process.stderr)
    try {
      const own = await userbotSettings({ flags, io, settings, aside })
      await generateSession(own, { ask, say: (line) => void io.stdout.write(`${line}\n`) })
    } finally {
      close()
    }
  },
})
