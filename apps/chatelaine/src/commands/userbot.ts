import { command, type Command } from '@chatelaine/cli'
import { folderFlag, userbotSettings, withEnvFile } from '../folder.js'
import { untilStopped } from '../signals.js'

export const userbotCommand: Command = command({
  name: 'userbot',
  summary: 'Answer commands in Telegram.',
  flags: { folder: folderFlag },
  examples: [['Start it where .env and telega/session_keys.json are:', 'userbot']],
  doing: 'running the userbot',
  surroundings: withEnvFile,
  async run({ flags, io, settings, aside }) {
    const { startUserbot } = await import('@chatelaine/telega')
    const { wordsFor } = await import('../words.js')
    const say = (line: string) => void io.stdout.write(`${line}\n`)
    const passphrase = async () => {
      const { asker } = await import('../ask.js')
      const { ask, close } = asker(process.stdin, process.stderr)
      return ask('The passphrase of the session: ', { hidden: true }).finally(close)
    }
    const stop = untilStopped()
    const starting = startUserbot(await userbotSettings({ flags, io, settings, aside }), { say, report: (error) => say(wordsFor(error, settings)), passphrase })
    const userbot = await Promise.race([starting, stop.asked])
    // Asked to stop before it was there: what had begun ends with the process, which has nothing to finish.
    if (typeof userbot === 'number') process.exit(userbot)
    const why = await Promise.race([userbot.ended, stop.asked])
    await userbot.close()
    if (why instanceof Error) throw why
    return why ?? 0
  },
})
