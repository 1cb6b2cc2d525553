import { chmodSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readEnvFile, withValues, writeEnvFile } from './env-file.js'

const put = (text: string, changes: Record<string, string | undefined> = { VAULT_TOKEN: 'new' }) => withValues(text, changes, '.env')

describe('.env with a value put in', () => {
  it.each([
    ['bare', 'VAULT_TOKEN=old\nB=2\n', 'VAULT_TOKEN=new\nB=2\n'],
    ['exported', 'A=1\nexport VAULT_TOKEN="old"\n# end\n', 'A=1\nexport VAULT_TOKEN=new\n# end\n'],
    ['indented, with blanks', '  VAULT_TOKEN = old # mine\nB=2', '  VAULT_TOKEN=new\nB=2'],
    ['with a colon', 'VAULT_TOKEN: old\nB: 2\n', 'VAULT_TOKEN=new\nB: 2\n'],
    ['in quotes over lines', 'A=1\nVAULT_TOKEN="old\nVAULT_TOKEN=older"\nB=2\n', 'A=1\nVAULT_TOKEN=new\nB=2\n'],
    ['given twice', 'VAULT_TOKEN=old\nB=2\nexport VAULT_TOKEN=older\n', 'VAULT_TOKEN=new\nB=2\n'],
    ['with the ends of lines of Windows', 'A=1\r\nVAULT_TOKEN=old\r\nB=2\r\n', 'A=1\r\nVAULT_TOKEN=new\r\nB=2\r\n'],
    ['empty', 'VAULT_TOKEN=\nB=2\n', 'VAULT_TOKEN=new\nB=2\n'],
    ['not there', 'A=1', 'A=1\nVAULT_TOKEN=new\n'],
    ['in a comment only', '# VAULT_TOKEN=old\n', '# VAULT_TOKEN=old\nVAULT_TOKEN=new\n'],
    ['part of another name', 'MY_VAULT_TOKEN=a\nVAULT_TOKEN_X=b\n', 'MY_VAULT_TOKEN=a\nVAULT_TOKEN_X=b\nVAULT_TOKEN=new\n'],
    ['after the mark that some editors put first', '\uFEFFVAULT_TOKEN=old\nB=2\n', '\uFEFFVAULT_TOKEN=new\nB=2\n'],
  ])('has it in place of one that is %s', (_, before, after) => {
    expect(put(before)).toBe(after)
  })

  it('takes a name out', () => {
    expect(put('A=1\nexport BAO_TOKEN=x\nB=2\n', { BAO_TOKEN: undefined, VAULT_TOKEN: 'new' })).toBe('A=1\nB=2\nVAULT_TOKEN=new\n')
  })

  it.each(['plain', 'with blanks', 'a#b', 'it\'s', 'say "x"', 'two\nlines', 'C:\\new\\table', '$HOME', ' edges ', '`x`', ''])('reads back %j as it was given', (value) => {
    expect(parse(put('A=1\n', { V: value }))).toEqual({ A: '1', V: value })
  })

  it('is refused where what else it says would change', () => {
    expect(() => put("A='open\nVAULT_TOKEN=old'\n")).not.toThrow()
    expect(() => put('A=1\n', { V: `a'b"c\`d\n#e` })).toThrow(expect.objectContaining({ code: 'telega.envNotEditable' }))
  })
})

describe('the file', () => {
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'env-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is readable by its owner alone from the first byte, whatever it was, and a link stays a link', () => {
    const [file, link] = [join(folder, 'real'), join(folder, '.env')]
    writeFileSync(file, 'A=1\n')
    chmodSync(file, 0o644)
    symlinkSync(file, link)

    writeEnvFile(link, 'A=2\n')

    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readFileSync(file, 'utf8')).toBe('A=2\n')
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('is not text where a shell wrote it in UTF-16', () => {
    writeFileSync(join(folder, '.env'), Buffer.from('VAULT_TOKEN=x\n', 'utf16le'))
    expect(() => readEnvFile(join(folder, '.env'))).toThrow(expect.objectContaining({ code: 'telega.notText' }))
  })

  it('that cannot be written is named, with the reason', () => {
    expect(() => writeEnvFile(join(folder, 'none', '.env'), '')).toThrow(expect.objectContaining({ code: 'telega.unwritable', message: expect.stringContaining('(ENOENT)') }))
  })
})
