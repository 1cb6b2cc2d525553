import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schemes, startVault, type Scheme, type TestVault } from '../support/server.js'

const folder = fileURLToPath(new URL('go', import.meta.url))
const run = promisify(execFile)

const { stdout } = await run('go', ['test', '-list', '.', './...'], { cwd: folder })
const names = stdout.split('\n').filter((line) => line.startsWith('Test'))

interface Event {
  readonly Action: string
  readonly Test?: string
  readonly Output?: string
}

/** Runs the Go tests against a server, and gives what each of them said and how it ended. */
async function goTest({ address, caFile, rootToken }: TestVault): Promise<ReadonlyMap<string, { said: string; ended: string }>> {
  const env = { ...process.env, VAULT_ADDR: address, BAO_ADDR: address, VAULT_TOKEN: rootToken, ...(caFile && { VAULT_CACERT: caFile, BAO_CACERT: caFile }) }
  // A failing test makes `go test` fail too; what it printed is what counts.
  const { stdout } = await run('go', ['test', '-json', '-count=1', './...'], { cwd: folder, env, maxBuffer: 16 << 20 }).catch((error: { stdout: string }) => error)
  const results = new Map(names.map((name) => [name, { said: '', ended: 'not run' }]))
  for (const line of stdout.split('\n').filter(Boolean)) {
    const { Action, Test, Output = '' } = JSON.parse(line) as Event
    const result = Test === undefined ? undefined : results.get(Test)
    if (result && Action === 'output') result.said += Output
    else if (result && Action !== 'run') result.ended = Action
  }
  return results
}

describe.each(schemes)("HashiCorp's and OpenBao's Go clients over %s", (scheme: Scheme) => {
  let vault: TestVault
  let results: Awaited<ReturnType<typeof goTest>>
  beforeAll(async () => {
    vault = await startVault(scheme)
    results = await goTest(vault)
  })
  afterAll(() => vault.close())

  it('are tested by more than one test each', () => {
    expect(names.filter((name) => name.startsWith('TestVault')).length).toBeGreaterThan(3)
    expect(names.filter((name) => name.startsWith('TestOpenBao')).length).toBeGreaterThan(3)
  })

  it.each(names)('%s', (name) => {
    const { said, ended } = results.get(name)!

    expect(ended, said).toBe('pass')
  })
})
