import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createVault } from '@chatelaine/client'
import { expect, it, onTestFinished } from 'vitest'
import { startVault } from '../support/server.js'
import { fences, page, root } from './markdown.js'

it('the commands for coming from Vault copy policies and secrets', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatelaine-coming-'))
  symlinkSync(join(root, 'apps/chatelaine/bin/chatelaine.mjs'), join(folder, 'vault'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [before, after] = [await startVault('http'), await startVault('http')]
  onTestFinished(() => Promise.all([before.close(), after.close()]).then(() => undefined))
  const [old, moved] = [before, after].map(({ address, rootToken }) => createVault({ address, token: rootToken }))
  await old!.write('sys/policies/acl/readers', { policy: 'path "secret/data/app/*" { capabilities = ["read"] }' })
  await old!.write('secret/data/top', { data: { a: 'b' } })
  await old!.write('secret/data/app/deep/key', { data: { password: 'with "quotes" and\nlines', number: 12345678901234567 } })

  const script = fences(page('docs/coming-from-vault.md')).filter(({ language }) => language === 'sh').map(({ body }) => body).join('\n')
  const env = {
    PATH: `${folder}:${process.env['PATH']}`, HOME: folder,
    OLD_ADDR: before.address, OLD_TOKEN: before.rootToken, NEW_ADDR: after.address, NEW_TOKEN: after.rootToken,
  }
  await promisify(execFile)('bash', ['-c', `set -euo pipefail\n${script}`], { env })

  expect(await moved!.read('sys/policies/acl/readers')).toMatchObject({ policy: expect.stringContaining('path "secret/data/app/*" { capabilities = ["read"] }') })
  expect(await moved!.read('secret/data/top')).toMatchObject({ data: { a: 'b' } })
  expect(await moved!.read('secret/data/app/deep/key')).toMatchObject({ data: { password: 'with "quotes" and\nlines' } })
})
