import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { toolFolder } from '@chatelaine/etcd-cluster'
import { readConfig } from '@chatelaine/server'
import { startSandbox, type Sandbox } from '@chatelaine/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownAddress } from '../support/loopback.js'
import { ask } from './ask.js'
import { fences, page, pages, root, type Fence } from './markdown.js'

const readme = fences(page('README.md'))

/** Text in which `…` stands for anything, as an expression that matches it. */
const shaped = (text: string) => new RegExp(text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*?'))

/** One script of all the README's shell blocks, in their order and in one shell, as a reader would type them. */
function script(blocks: readonly Fence[]): string {
  const steps = blocks.map(({ language, rest, body, line }) => {
    if (language === 'hcl') return `cat > ${rest} <<'END'\n${body}END\n`
    const says = /^background until "(.+)"$/.exec(rest)?.[1]
    if (says === undefined) return rest === 'answers' ? `{\n${body}} < answers\n` : body
    const log = `line-${line}.log`
    const wait = `until grep -q '${says}' ${log}; do kill -0 $! || { cat ${log}; exit 1; }; sleep 0.05; done`
    return `{ ${body.trim()}; } > ${log} 2>&1 &\n${wait}\n`
  })
  return ['set -euo pipefail', ...steps, 'echo THE END', 'wait', ''].join('\n')
}

/** Collects what a process says until a line of it is `end`. */
function said(child: ChildProcess, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const add = (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes(`${end}\n`)) resolve(text)
    }
    child.stdout?.on('data', add)
    child.stderr?.on('data', add)
    child.once('exit', (code) => reject(new Error(`the README's commands ended with ${code}:\n${text}`)))
  })
}

describe('the README', () => {
  it('has commands of the kind that is run here, and but for one page with a test of its own nobody else has, so that none goes unrun', () => {
    const withCommands = pages().filter((one) => fences(one).some(({ language }) => language === 'sh' || language === 'bash'))

    expect(withCommands.map(({ file }) => file)).toEqual(['README.md', 'docs/coming-from-vault.md'])
  })

  it('shows what npm start shows', { timeout: 60_000 }, async () => {
    const shown = readme.find(({ language, rest }) => language === 'text' && rest === 'up')?.body ?? ''
    const program = join(root, 'apps/chatelaine/bin/chatelaine.mjs')

    const { stdout } = await promisify(execFile)(process.execPath, [program, 'up'])

    expect(stdout).toMatch(shaped(shown))
  })

  it.each(readme.filter(({ language }) => language === 'hcl').map(({ rest, body }) => [rest, body]))('has in %s a configuration that is read', (_, body) => {
    expect(() => readConfig(body ?? '')).not.toThrow()
  })
})

describe("the README's commands", { timeout: 180_000 }, () => {
  let folder: string
  let sandbox: Sandbox
  let shell: ChildProcess | undefined
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chatelaine-readme-'))
    sandbox = await startSandbox()
  })
  afterAll(async () => {
    if (shell?.pid !== undefined && shell.exitCode === null) {
      const ended = once(shell, 'exit')
      process.kill(-shell.pid, 'SIGTERM')
      await ended
    }
    await sandbox.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('do what it says, from the first to an answer in Telegram', async () => {
    const address = ownAddress()
    const keeper = sandbox.addUser({ phone: '+9996620001', firstName: 'Keeper', username: 'keeper' })
    const reader = sandbox.addUser({ phone: '+9996620002', firstName: 'Reader', id: 123456789 })
    const blocks = readme.filter(({ language }) => language === 'sh' || language === 'hcl')
    const text = script(blocks)
      .replace(/127\.0\.0\.1:(?=8[23]\d\d)/g, `${address}:`)
      .replace('etcd up -detach', `etcd up -detach -unsafe-no-fsync -address=${address}`)
    writeFileSync(join(folder, 'telegram.pem'), sandbox.publicKeyPem)
    symlinkSync(join(root, 'apps'), join(folder, 'apps'))
    writeFileSync(join(folder, 'readme.sh'), text)
    await promisify(execFile)('mkfifo', [join(folder, 'answers')])

    shell = spawn('bash', ['readme.sh'], { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: {
      PATH: `${folder}/.local/bin:${process.env['PATH']}`, HOME: folder,
      CHATELAINE_ETCD_DIR: toolFolder(),
      VAULT_DEV_LISTEN_ADDRESS: `${address}:8200`,
      TELEGRAM_SERVER: `${sandbox.host}:${sandbox.port}`, TELEGRAM_SERVER_KEY: join(folder, 'telegram.pem'),
    } })
    const ended = said(shell, 'THE END')
    // Opens when the command reads, so nothing is answered before it asks.
    const answers = createWriteStream(join(folder, 'answers'))
    answers.write(`${keeper.phone}\n`)
    const typed = sandbox.codeFor(keeper.phone).then((code) => answers.end(`${code}\n`))
    const output = await ended
    await typed

    for (const { body } of readme.filter(({ language, rest }) => language === 'text' && rest === 'output')) expect(output).toMatch(shaped(body))
    expect(await ask({ sandbox, phone: reader.phone, peer: 'keeper', text: '/get_keys' })).toBe('API_ID: 123456\nAPI_HASH: abcdef1234567890')
    expect(readFileSync(join(folder, 'keys.txt'), 'utf8').match(/^Recovery Key \d: /gm)).toHaveLength(5)
    expect(existsSync(join(folder, 'data', 'manifest'))).toBe(true)
    expect(output).toContain('kept-on-three-machines')
  })
})
