import { randomUUID } from 'node:crypto'
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CliError, command, type Command } from '@chatelaine/cli'

export const policyFmtCommand: Command = command({
  name: 'policy fmt',
  summary: 'Lay out a policy file evenly, in place. A file that is no valid policy is refused and left as it is.',
  args: ['file'],
  examples: [['Tidy:', 'policy fmt bot.hcl']],
  async run({ args: [path = ''], io, print }) {
    const { layOutPolicy } = await import('@chatelaine/server')
    const at = await realpath(resolve(io.cwd, path.replace(/^~(?=\/)/, io.env['HOME'] ?? '~'))).catch(unreadable(path))
    const text = await readFile(at, 'utf8').catch(unreadable(path))
    await replace(at, laidOut(path, text, layOutPolicy)).catch((error: NodeJS.ErrnoException) => {
      throw CliError.unwritableFile({ path, code: error.code ?? 'unknown' }, { cause: error })
    })
    print.success(`Success! Formatted policy: ${path}`)
  },
})

const unreadable = (path: string) => (error: NodeJS.ErrnoException): never => {
  throw CliError.unreadableFile({ path, code: error.code ?? 'unknown' }, { cause: error })
}

function laidOut(path: string, text: string, layOut: (text: string) => string): string {
  try {
    return layOut(text)
  } catch (error) {
    throw CliError.usage({ problem: `${path}: ${(error as Error).message}` }, { cause: error })
  }
}

/** Written beside and renamed, so that nobody reads half a policy, with the permissions that the file had. */
async function replace(at: string, text: string): Promise<void> {
  const beside = `${at}.${randomUUID()}`
  try {
    await writeFile(beside, text, { mode: (await stat(at)).mode, flag: 'wx' })
    await rename(beside, at)
  } finally {
    await rm(beside, { force: true })
  }
}
