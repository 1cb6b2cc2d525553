import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { cli } from '@chatelaine/cli'
import { describe, expect, it, onTestFinished } from 'vitest'
import { own } from '../index.js'

async function formatting(text: string) {
  const cwd = await mkdtemp(join(tmpdir(), 'policy-fmt-'))
  onTestFinished(() => rm(cwd, { recursive: true }))
  const file = join(cwd, 'bot.hcl')
  await writeFile(file, text)
  const fmt = async (name = 'bot.hcl') => {
    let [out, err] = ['', '']
    const code = await cli(['policy', 'fmt', name], {
      stdin: Readable.from([]), stdout: { write: (one) => (out += one) }, stderr: { write: (one) => (err += one) }, env: {}, cwd,
    }, own)
    return { code, out, err, text: await readFile(file, 'utf8') }
  }
  return { cwd, file, fmt }
}

describe('policy fmt', () => {
  it('lays out from the syntax tree', async () => {
    const { fmt } = await formatting('path "a" {\ncapabilities=["read"]\n  }\npath "b" { capabilities = ["list"] }\n')

    expect(await fmt()).toEqual({
      code: 0, out: 'Success! Formatted policy: bot.hcl\n', err: '',
      text: 'path "a" {\n  capabilities = ["read"]\n}\n\npath "b" {\n  capabilities = ["list"]\n}\n',
    })
  })

  it.each([
    ['path "a" { capabilities = ["reed"] }', 'failed to parse policy: invalid capability: use deny, sudo, read, list, update, delete, create, patch on line 1, column 28'],
    ['path "a" {\n  nope = 1\n}', 'invalid key on line 2, column 3'],
    ['path "secret/+*" { capabilities = ["read"] }', "'+*' is forbidden"],
    ['path "a" {\n  capabilities = ["read"]\n  }}', 'on line 3, column 4'],
    ['nope = 1', 'failed to parse policy'],
    ['path "a" { control_group = {} }', 'control_group is not supported yet'],
  ])('refuses %j by its place, and leaves it as it is', async (text, sentence) => {
    const { cwd, fmt } = await formatting(text)

    const ran = await fmt()

    expect(ran).toMatchObject({ code: 1, out: '', text })
    expect(ran.err).toMatch(/^bot\.hcl: /)
    expect(ran.err).toContain(sentence)
    expect(await readdir(cwd)).toEqual(['bot.hcl'])
  })

  it('keeps the permissions of a file, and a link to it', async () => {
    const { cwd, file, fmt } = await formatting('name="x"')
    await chmod(file, 0o640)
    await symlink('bot.hcl', join(cwd, 'link.hcl'))

    expect(await fmt('link.hcl')).toMatchObject({ code: 0, text: 'name = "x"\n' })
    expect((await stat(file)).mode & 0o777).toBe(0o640)
    expect(await readdir(cwd)).toEqual(['bot.hcl', 'link.hcl'])
  })

  it('names a file that is not there', async () => {
    const { fmt } = await formatting('')

    expect(await fmt('none.hcl')).toMatchObject({ code: 1, err: 'cannot read none.hcl (ENOENT)\n' })
  })
})
