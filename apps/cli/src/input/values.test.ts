import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { RawNumber } from '@chatelaine/sdk'
import { describe, expect, it } from 'vitest'
import { CliError } from '../errors.js'
import { readValues } from './values.js'

const sink = { write: () => true }
const io = (stdin: string, cwd = '/') => ({ stdin: Readable.from([stdin]), stdout: sink, stderr: sink, env: {}, cwd })

describe('values', () => {
  it('splits at the first equals sign and keeps the rest as it is', async () => {
    expect(await readValues(['a=b=c', 'empty=', 'json={"x":1}'], io(''))).toEqual({ a: 'b=c', empty: '', json: '{"x":1}' })
  })

  it('makes a list of a key given twice', async () => {
    expect(await readValues(['a=1', 'a=2', 'a=3'], io(''))).toEqual({ a: ['1', '2', '3'] })
  })

  it('reads one value from standard input, byte for byte', async () => {
    expect(await readValues(['user=x', 'password=-'], io('s3cret\n'))).toEqual({ user: 'x', password: 's3cret\n' })
  })

  it('reads everything from standard input as JSON, with its numbers intact', async () => {
    expect(await readValues(['-'], io('{"n":12345678901234567890}'))).toEqual({ n: new RawNumber('12345678901234567890') })
  })

  it('reads a value or all of them from a file', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'values-'))
    await writeFile(join(cwd, 'f'), '{"x":"y"}')

    expect(await readValues(['key=@f'], io('', cwd))).toEqual({ key: '{"x":"y"}' })
    expect(await readValues(['@f', 'z=1'], io('', cwd))).toEqual({ x: 'y', z: '1' })
    expect(await readValues(['key=\\@f'], io('', cwd))).toEqual({ key: '@f' })
  })

  it('refuses what is not data, without repeating it', async () => {
    await expect(readValues(['hunter2'], io(''))).rejects.toThrow(expect.not.stringContaining('hunter2'))
    await expect(readValues(['-'], io('["hunter2"]'))).rejects.toThrow(expect.not.stringContaining('hunter2'))
    await expect(readValues(['a=-', 'b=-'], io('x'))).rejects.toSatisfy(CliError.stdinTwice.is)
    await expect(readValues(['a=@none'], io(''))).rejects.toSatisfy(CliError.unreadableFile.is)
  })

  it('keeps a key named __proto__ a key', async () => {
    const values = await readValues(['__proto__=x'], io(''))

    expect(Object.getPrototypeOf(values)).toBe(Object.prototype)
    expect(Object.keys(values)).toEqual(['__proto__'])
  })
})
