import { mkdirSync, writeFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { startSandbox, trust, type Account, type Sandbox } from '@chatelaine/sandbox'
import { build } from '@chatelaine/server'
import { generateSession, readSettings, startUserbot, type Settings } from '@chatelaine/telega'
import { admit, exampleKeys, furnish, tokenFor } from './furnish.js'
import { closeFolder, openFolder, openHouse, type Folder, type House } from './house.js'
import { meet, type Person } from './person.js'
import { chapter, said, type Paint } from './story.js'

export interface UpOptions {
  /** Keeps everything there; a folder that goes away at the end if left out. */
  readonly data: string | undefined
  readonly port: number | undefined
  /** What to type before a command of ours. */
  readonly program: string
}

export interface UpIo {
  print(text: string): void
  report(error: unknown): void
  readonly paint: Paint
}

/** Everything of one machine, running. */
export interface Running {
  readonly person: Person
  readonly names: { readonly bot: string; readonly person: string }
  close(): Promise<void>
}

/**
 * The whole of it in one process: a Vault on an embedded store, a Telegram sandbox, the userbot, and a person who asks it
 * for the keys over real MTProto. Every part is the one that runs alone elsewhere; only the addresses are local.
 */
export async function up(options: UpOptions, io: UpIo): Promise<Running> {
  const { paint, print } = io
  const opened: (() => Promise<void> | void)[] = []
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one()
  }
  try {
    const folder = openFolder(options.data)
    opened.push(() => closeFolder(folder))
    print(`${paint.bold(build)}: a Vault, a Telegram of its own, and a userbot between them\n\n`)
    const house = await openHouse(folder, options.port)
    opened.push(() => house.server.close())
    await furnish(house.vault, exampleKeys)
    print(chapter(paint, 'Vault', `${house.address}, everything encrypted in ${folder.path}${folder.temporary ? ' (removed at the end)' : ''}`))
    print(chapter(paint, 'Unsealed', `by the key file ${house.keyFile} (mode 0600): who has it and the store has all`))
    const sandbox = await startSandbox()
    opened.push(() => sandbox.close())
    trust(sandbox)
    const { keeper, ann } = accounts(sandbox)
    await admit(house.vault, [ann.id])
    print(chapter(paint, 'Telegram', `a sandbox that speaks MTProto on ${sandbox.host}:${sandbox.port}; Keeper is the userbot, Ann is you`))
    const userbot = await openUserbot({ folder, house, sandbox, keeper }, io)
    opened.push(() => userbot.close())
    print(chapter(paint, 'Userbot', 'its session sealed by a key in the Vault; its own token may vouch for senders, nothing more'))
    const person = await meet({ sandbox, who: ann, peer: 'keeper' })
    opened.push(() => person.close())
    print(`\n${said(paint, 'Ann', '/get_keys')}${said(paint, 'Keeper', await person.ask('/get_keys'))}\n`)
    print(next(house, { program: options.program, token: await tokenFor(house.vault, 'newcomer'), paint }))
    return { person, names: { bot: 'Keeper', person: 'Ann' }, close }
  } catch (error) {
    await close()
    throw error
  }
}

function accounts(sandbox: Sandbox): { readonly keeper: Account; readonly ann: Account } {
  return {
    keeper: sandbox.addUser({ phone: '+9996620001', firstName: 'Keeper', username: 'keeper' }),
    ann: sandbox.addUser({ phone: '+9996620002', firstName: 'Ann', username: 'ann' }),
  }
}

interface Parts {
  readonly folder: Folder
  readonly house: House
  readonly sandbox: Sandbox
  readonly keeper: Account
}

/** As the README has it for real Telegram: keys in a file, a session made by code, then the userbot on that session. */
async function openUserbot({ folder, house, sandbox, keeper }: Parts, io: UpIo) {
  const telega = join(folder.path, 'telega')
  mkdirSync(telega, { recursive: true, mode: 0o700 })
  const keysFile = join(telega, 'session_keys.json')
  if (!existsSync(keysFile)) writeFileSync(keysFile, `${JSON.stringify(exampleKeys, null, 2)}\n`, { mode: 0o600 })
  const settings: Settings = {
    ...readSettings(folder.path, {}),
    vaultAddress: house.address,
    vaultToken: await tokenFor(house.vault, 'userbot'),
    server: { address: `${sandbox.host}:${sandbox.port}`, keyFile: '' },
  }
  // The sandbox forgets everybody when it ends, so a session on it is made anew each time.
  await generateSession(settings, {
    ask: async (question) => (question.startsWith('Phone') ? keeper.phone : sandbox.codeFor(keeper.phone)),
    say: () => undefined,
  })
  return startUserbot(settings, { say: () => undefined, report: io.report })
}

function next({ address }: House, { program, token, paint }: { program: string; token: string; paint: Paint }): string {
  const lines = [
    `export VAULT_ADDR=${address} VAULT_TOKEN=${token}`,
    'curl --header "X-Vault-Token: $VAULT_TOKEN" $VAULT_ADDR/v1/secret/data/telegram',
    `${program} kv get secret/telegram`,
  ]
  return `Ask it yourself, from another terminal:\n${lines.map((line) => `  ${paint.dim('$')} ${line}\n`).join('')}\n`
}
