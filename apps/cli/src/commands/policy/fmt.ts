import { rename, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { command } from '../../command.js'
import { CliError } from '../../errors.js'
import { fileText } from '../../input/values.js'
import { formatHcl } from './format-hcl.js'

export const fmt = command({
  name: 'policy fmt',
  summary: 'Lay out a policy file evenly, in place.',
  args: ['file'],
  examples: [['Tidy:', 'policy fmt bot.hcl']],
  async run({ args: [path = ''], io, print }) {
    const formatted = formatHcl(await fileText(path, io))
    const at = resolve(io.cwd, path)
    try {
      await writeFile(`${at}.new`, formatted)
      await rename(`${at}.new`, at)
    } catch (error) {
      throw CliError.unwritableFile({ path, code: (error as NodeJS.ErrnoException).code ?? 'unknown' }, { cause: error })
    }
    print.success(`Success! Formatted policy: ${path}`)
  },
})
