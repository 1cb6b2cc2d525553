import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { python } from '../support/python.js'
import { schemes, startFresh, startVault, type Scheme, type TestServer, type TestVault } from '../support/server.js'

const pythonEnv = { PYTHONDONTWRITEBYTECODE: '1', NO_PROXY: '127.0.0.1' }

interface Listed {
  readonly id: string
  readonly title: string
}

interface Reported {
  readonly id: string
  readonly failure: string | null
}

const scriptOf = (name: string) => fileURLToPath(new URL(`hvac/${name}.py`, import.meta.url))
const lines = <T>(text: string) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as T)
const listed = (name: string) => lines<Listed>(execFileSync(python, [scriptOf(name), 'list'], { encoding: 'utf8', env: pythonEnv }))

/** Runs tests of one file against a server; all of them when none is named. */
async function run(name: string, { address, caFile, folder }: TestServer, given: { token?: string; ids?: string[] }): Promise<Reported[]> {
  const env = {
    ...pythonEnv,
    VAULT_ADDR: address,
    TEST_FOLDER: folder,
    ...(caFile && { VAULT_CACERT: caFile }),
    ...(given.token && { VAULT_TOKEN: given.token }),
  }
  const { stdout } = await promisify(execFile)(python, [scriptOf(name), 'run', ...(given.ids ?? [])], { env })
  return lines<Reported>(stdout)
}

/** Fails as the test in Python did, with what it said. */
function check(reports: readonly Reported[], id: string): void {
  const found = reports.find((report) => report.id === id)
  expect(found, 'the test did not report').toBeDefined()
  if (found?.failure) throw new Error(found.failure)
}

/** One process and one vault for the whole file; each behaviour is a test of its own here as well. */
function sharing(name: string, scheme: Scheme): void {
  let vault: TestVault
  let reports: Reported[]
  beforeAll(async () => {
    vault = await startVault(scheme)
    reports = await run(name, vault, { token: vault.rootToken })
  })
  afterAll(() => vault.close())

  for (const { id, title } of listed(name)) it(title, () => check(reports, id))
}

describe.each(schemes)('hvac over %s', (scheme) => {
  describe.each(['tokens', 'kv', 'mounts', 'policies', 'audit', 'wrapping', 'state', 'failures'])('%s', (name) => sharing(name, scheme))

  describe('a server nobody has initialized', () => {
    for (const { id, title } of listed('founding')) {
      it(title, async () => {
        const server = await startFresh(scheme)
        try {
          check(await run('founding', server, { ids: [id] }), id)
        } finally {
          await server.close()
        }
      })
    }
  })
})
