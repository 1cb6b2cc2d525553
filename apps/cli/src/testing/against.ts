import { onTestFinished } from 'vitest'
import { run, type Around } from './run.js'
import { serving, type Answers } from './server.js'

/** Command lines against a server that knows `answers`, for one test. A line is split at spaces; a list of words is taken as it is. */
export async function against(answers: Answers) {
  const server = await serving(answers)
  onTestFinished(server.close)
  const env = { VAULT_ADDR: server.address, VAULT_TOKEN: 't' }
  const vault = (line: string | readonly string[], around: Around = {}) =>
    run(typeof line === 'string' ? line.split(' ') : line, { ...around, env: { ...env, ...around.env } })
  return { ...server, vault }
}
