import { Readable } from 'node:stream'
import { cli } from '@chatelaine/cli'
import { expect, it } from 'vitest'
import { own } from './index.js'

async function run(line: string) {
  let err = ''
  const sink = { write: (text: string) => (err += text) }
  const code = await cli(line.split(' '), { stdin: Readable.from([]), stdout: sink, stderr: sink, env: {}, cwd: '/' }, own)
  return { code, err }
}

it.each([
  ['server -config=/a.hcl -dev-root-token-id=x', '-dev-root-token-id has no effect without -dev'],
  ['server -config=/a.hcl -dev-listen-address=127.0.0.1:1', '-dev-listen-address has no effect without -dev'],
  ['up -sandbox -allow=1', 'Cannot use -sandbox with -allow!'],
])('a flag that would be passed over is refused: %s', async (line, sentence) => {
  expect(await run(line)).toEqual({ code: 1, err: expect.stringContaining(sentence) })
})
