import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startVault, type TestVault } from '../support/server.js'
import { page, root } from './markdown.js'

const names = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'))
const run = promisify(execFile)

describe('the examples', { timeout: 120_000 }, () => {
  /** Where their JavaScript lies, with the repository's packages in reach. */
  let folder: string
  let vault: TestVault
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chatelaine-examples-'))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    vault = await startVault('http')
  })
  afterAll(async () => {
    await vault.close()
    rmSync(folder, { recursive: true })
  })

  const built = (name: string) => join(folder, name.replace(/ts$/, 'mjs'))
  const started = (name: string, token = vault.rootToken) =>
    run(process.execPath, [built(name)], { env: { PATH: process.env['PATH'], VAULT_ADDR: vault.address, VAULT_TOKEN: token } })

  it('are all listed', () => {
    for (const name of names) expect(page('examples/README.md').text).toContain(`(${name})`)
  })

  it('compile under the same rules as all code here', () => {
    const config = ts.getParsedCommandLineOfConfigFile(join(root, 'examples/tsconfig.json'), {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined })
    const program = ts.createProgram(config?.fileNames ?? [], config?.options ?? {})
    const own = program.getSourceFiles().filter(({ fileName }) => fileName.includes('/examples/'))
    expect(own).toHaveLength(names.length)

    const wrong = own.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])

    expect(wrong.map(({ messageText, file }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)).toEqual([])
    for (const file of own) ts.sys.writeFile(built(file.fileName.split('/').at(-1) ?? ''), ts.transpile(file.text, { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 }))
  })

  it('keep and read a secret without a server', async () => {
    expect((await started('vault-in-process.ts')).stdout).toBe('{"api_id":"123456"}\n')
  })

  it('read a secret of a server, and say when they may not', async () => {
    const { core } = vault.server
    const input = { data: { api_id: '1', api_hash: '2' } }
    await core.handle({ verb: 'write', path: 'secret/data/telegram', token: vault.rootToken, input })

    expect((await started('read-a-secret.ts')).stdout).toBe('telegram, version 1: api_id, api_hash\n')
    await expect(started('read-a-secret.ts', 'nobody')).rejects.toMatchObject({ code: 2, stdout: 'you may not read telegram\n' })
  })

  it('talk in a Telegram of their own', async () => {
    expect((await started('talk-in-the-sandbox.ts')).stdout).toBe('You said good morning\n')
  })
})
