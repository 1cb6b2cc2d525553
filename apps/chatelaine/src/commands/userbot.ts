import { command, text, type Command } from '@chatelaine/cli'
import { VaultError } from '@chatelaine/sdk'
import { resolve } from 'node:path'
import { stopAsked } from '../signals.js'

export const userbotCommand: Command = command({
  name: 'userbot',
  summary: 'Answer commands in Telegram.',
  flags: { folder: text('The folder with .env and telega/; the current one.', 'path') },
  examples: [['Start it where .env and telega/session_keys.json are:', 'userbot']],
  doing: 'running the userbot',
  async run({ flags, io }) {
    const { readSettings, startUserbot } = await import('@chatelaine/telega')
    const say = (line: string) => void io.stdout.write(`${line}\n`)
    const passphrase = async () => {
      const { asker } = await import('../ask.js')
      const { ask, close } = asker(process.stdin, process.stderr)
      return ask('The passphrase of the session: ', { hidden: true }).finally(close)
    }
    const settings = readSettings(resolve(io.cwd, flags.folder ?? '.'), io.env)
    const userbot = await startUserbot(settings, { say, report: (error) => say(wordsFor(error)), passphrase })
    const why = await Promise.race([userbot.ended, stopAsked().then(() => undefined)])
    await userbot.close()
    if (why) throw why
  },
})

/** What may be said of a failure: a sentence from a catalogue, or only its kind. The text of a bug may hold a secret. */
export const wordsFor = (error: unknown): string =>
  error instanceof VaultError ? `${error.code}: ${error.message}` : `a failure of kind ${error instanceof Error ? error.name : typeof error}`
