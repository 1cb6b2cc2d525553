import { command } from '../../command.js'
import { wholeInput } from '../../input/stdin.js'
import { fileText } from '../../input/values.js'

export const write = command({
  name: 'policy write',
  summary: 'Upload a policy from a file, or from standard input with "-".',
  args: ['name', 'file'],
  examples: [['From a file:', 'policy write bot bot.hcl'], ['From standard input:', 'policy write bot - < bot.hcl']],
  doing: 'uploading policy',
  async run({ args: [given = '', file = ''], io, vault, print }) {
    const name = given.toLowerCase()
    const policy = file === '-' ? await wholeInput(io) : await fileText(file, io)
    print.warnings(await vault.request({ verb: 'write', path: `sys/policies/acl/${name}`, input: { policy } }))
    print.success(`Success! Uploaded policy: ${name}`)
  },
})
