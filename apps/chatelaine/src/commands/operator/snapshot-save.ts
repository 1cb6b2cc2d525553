import { once } from 'node:events'
import { resolve } from 'node:path'
import { command, many, text, yes, type Command, type Run } from '@chatelaine/cli'
import { recipientsOf } from './keys.js'
import { withProgress } from './progress.js'
import { entriesText } from './sizes.js'

const flags = {
  config: many('The server configuration whose storage is read. Left out, the running server at VAULT_ADDR is asked; that needs sudo on sys/storage/snapshot.', 'path'),
  recipient: many('An age recipient who shall be able to open it. May be given several times.', 'age1…'),
  'passphrase-file': text('A file whose first line is a passphrase to encrypt to. Asked for, hidden, where no recipient is given either.', 'path'),
  force: yes('Write over a file that is there.'),
} as const

export const snapshotSaveCommand: Command = command({
  name: 'operator snapshot save',
  summary: 'Keep an encrypted copy of all that is stored, as of one moment, while the Vault goes on. "-" writes to standard output.',
  args: ['file'],
  flags,
  examples: [
    ['From the running server, for whoever has the age key:', 'operator snapshot save -recipient=age1… vault.age'],
    ['From the storage itself, the embedded store with no server on it, or etcd at any time:', 'operator snapshot save -config=server.hcl -recipient=age1… vault.age'],
  ],
  doing: 'saving the snapshot',
  async run(given) {
    const { checked, encrypted, encrypterFor, refuseExisting, writeWhole } = await import('@chatelaine/server')
    const { io, print, settings, args: [file = ''] } = given
    const encrypter = encrypterFor(await recipientsOf(given.flags, io, settings.interactive))
    const [path, force] = [file === '-' ? undefined : resolve(io.cwd, file), given.flags.force === true]
    if (path !== undefined && !force) await refuseExisting(path)
    let entries = 0
    await withProgress(io, (step) =>
      reading(given, async (container) => {
        const sealed = encrypted(checked(container, (done, of) => step('saving', (entries = done), of)), encrypter)
        await (path === undefined ? toStdout(sealed) : writeWhole(path, sealed, force))
      }),
    )
    if (path === undefined) return
    print.value({ file: path, entries }, () => `Success! Saved ${entriesText(entries)} to ${path}. It opens as the Vault it was saved from: keep that one's unseal keys, too.`)
  },
})

/** The container, from a storage that is opened for it or from the server that has it open. */
async function reading({ flags: { config }, vault, io }: Run<typeof flags>, use: (container: AsyncIterable<Uint8Array>) => Promise<void>): Promise<void> {
  if (config.length === 0) return use(await vault.download('sys/storage/snapshot'))
  const { loadConfig, vaultContainer, withStorage } = await import('@chatelaine/server')
  const loaded = loadConfig(config.map((path) => resolve(io.cwd, path)), io.env)
  const facts = { type: loaded.storage?.type ?? '', cluster: loaded.clusterName, clock: { now: () => new Date() } }
  await withStorage(loaded, (source) => use(vaultContainer(source, facts)), { holding: true })
}

async function toStdout(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) if (!process.stdout.write(chunk)) await once(process.stdout, 'drain')
}
