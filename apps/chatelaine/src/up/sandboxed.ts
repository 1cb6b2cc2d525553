import { randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSandbox, trust, type Account, type Sandbox } from '@chatelaine/sandbox'
import { generateSession, readSettings, startUserbot, type Settings, type Userbot } from '@chatelaine/telega'
import type { Closing } from './closing.js'
import { admit, exampleKeys } from './furnish.js'
import type { Folder, House } from './house.js'
import { meet, type Person } from './person.js'
import { chapter } from './story.js'
import type { UpIo } from './io.js'

export interface Stage {
  readonly folder: Folder
  readonly house: House
  /** The userbot's own. */
  readonly token: string
  readonly toClose: Closing
}

export interface Cast {
  readonly userbot: Userbot
  readonly person: Person | undefined
}

/** A Telegram of one's own, the userbot on it, and somebody to talk to it. */
export async function openSandboxed({ folder, house, token, toClose }: Stage, io: UpIo): Promise<Cast> {
  const { paint, print } = io
  const sandbox = await startSandbox()
  toClose.add(() => sandbox.close())
  trust(sandbox)
  const keeper = sandbox.addUser({ id: newId(), phone: '+9996620001', firstName: 'Keeper', username: 'keeper' })
  const ann = sandbox.addUser({ id: newId(), phone: '+9996620002', firstName: 'Ann', username: 'ann' })
  await admit(house.vault, 'sandbox', [ann.id])
  print(chapter(paint, 'Telegram', `a sandbox that speaks MTProto on ${sandbox.host}:${sandbox.port}; Keeper is the userbot, Ann is you`))
  const userbot = await openUserbot(settingsIn(folder, { house, token, sandbox }), { sandbox, keeper }, io)
  toClose.add(() => userbot.close())
  print(chapter(paint, 'Userbot', 'its session sealed by a key in the Vault; its own token may vouch for senders, nothing more'))
  const person = await meet({ sandbox, who: ann, peer: 'keeper' })
  toClose.add(() => person.close())
  return { userbot, person }
}

/**
 * A number that nobody had before. Each sandbox counts messages from one, and a vault that is kept remembers which message
 * of whom was handled: the same people again would not be answered. Telegram's own numbers are far below 2^39; clients
 * take none above 2^40.
 */
const newId = () => randomInt(2 ** 39, 2 ** 40 - 1)

/** In a folder apart: `telega/` of a folder that somebody keeps may hold a real session. */
function settingsIn(folder: Folder, { house, token, sandbox }: Pick<Stage, 'house' | 'token'> & { readonly sandbox: Sandbox }): Settings {
  const settings = readSettings(join(folder.path, 'sandbox'), {})
  return { ...settings, vaultAddress: house.address, vaultToken: token, server: { address: `${sandbox.host}:${sandbox.port}`, keyFile: '' } }
}

/** As the README has it for real Telegram: keys in a file, a session made by code, then the userbot on that session. */
async function openUserbot(settings: Settings, { sandbox, keeper }: { sandbox: Sandbox; keeper: Account }, io: UpIo): Promise<Userbot> {
  mkdirSync(join(settings.keysFile, '..'), { recursive: true, mode: 0o700 })
  writeFileSync(settings.keysFile, `${JSON.stringify(exampleKeys, null, 2)}\n`, { mode: 0o600 })
  // The sandbox forgets everybody when it ends, so a session on it is made anew each time.
  await generateSession(settings, {
    ask: async (question) => (question.startsWith('Phone') ? keeper.phone : sandbox.codeFor(keeper.phone)),
    say: () => undefined,
  })
  return startUserbot(settings, { say: () => undefined, report: io.report })
}
