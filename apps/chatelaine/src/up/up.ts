import { build } from '@chatelaine/server'
import { closing } from './closing.js'
import { exampleKeys, furnish, tokenFor } from './furnish.js'
import { closeFolder, openFolder, openHouse, type House } from './house.js'
import type { UpIo } from './io.js'
import type { Person } from './person.js'
import { howToAsk, keysOf, openReal, type TelegramOption } from './real.js'
import { openSandboxed, type Stage } from './sandboxed.js'
import { chapter, said, type Paint } from './story.js'

export interface UpOptions {
  /** Keeps everything there; a folder that goes away at the end if left out. */
  readonly data: string | undefined
  readonly port: number | undefined
  /** What to type before a command of ours. */
  readonly program: string
  /** Telegram itself; a sandbox of our own if left out. */
  readonly telegram?: TelegramOption | undefined
  /** Ends the starting, between two steps of it; what was opened is closed. */
  readonly signal?: AbortSignal | undefined
}

/** Everything of one machine, running. */
export interface Running {
  /** The one who asks in the sandbox. */
  readonly person: Person
  readonly names: { readonly bot: string; readonly person: string }
  /** Resolves when the userbot can go on no longer, with the reason; with undefined once it was closed. */
  readonly ended: Promise<Error | undefined>
  close(): Promise<void>
}

/** The same on Telegram itself, where nobody but real people ask. */
export type RunningOnTelegram = Omit<Running, 'person'> & { readonly person?: undefined }

/**
 * The whole of it in one process: a Vault on an embedded store, a Telegram sandbox, the userbot, and a person who asks it
 * for the keys over real MTProto. Every part is the one that runs alone elsewhere; only the addresses are local.
 */
export function up(options: UpOptions & { readonly telegram?: undefined }, io: UpIo): Promise<Running>
export function up(options: UpOptions, io: UpIo): Promise<Running | RunningOnTelegram>
export async function up(options: UpOptions, io: UpIo): Promise<Running | RunningOnTelegram> {
  const { paint, print } = io
  const { telegram, signal } = options
  const toClose = closing()
  try {
    print(`${paint.bold(build)}: a Vault, a Telegram${telegram ? '' : ' of its own'}, and a userbot between them\n\n`)
    const stage = await openStage(options, toClose, io)
    signal?.throwIfAborted()
    const { userbot, person } = telegram ? await openReal(telegram, stage, io) : await openSandboxed(stage, io)
    signal?.throwIfAborted()
    if (person) print(`\n${said(paint, 'Ann', '/get_keys')}${said(paint, userbot.name, await person.ask('/get_keys'))}\n`)
    else print(`\n${howToAsk(userbot.name, telegram?.users ?? [])}\n`)
    const token = await tokenFor(stage.house.vault, 'newcomer')
    toClose.add(() => revoke(stage.house, token))
    print(next(stage.house, { program: options.program, token, paint }))
    signal?.throwIfAborted()
    const running = { names: { bot: userbot.name, person: 'Ann' }, ended: userbot.ended, close: toClose.close }
    return person ? { ...running, person } : running
  } catch (error) {
    await toClose.close().catch(io.report)
    throw error
  }
}

/** The Vault, furnished, and the token that the userbot has of it. */
async function openStage({ data, port, telegram }: UpOptions, toClose: Stage['toClose'], { paint, print }: UpIo): Promise<Stage> {
  const keys = telegram ? keysOf(telegram) : exampleKeys
  const folder = openFolder(data)
  toClose.add(() => closeFolder(folder))
  const house = await openHouse(folder, port)
  toClose.add(() => house.server.close())
  await furnish(house.vault, keys)
  print(chapter(paint, 'Vault', `${house.address}, everything encrypted in ${folder.path}${folder.temporary ? ' (removed at the end)' : ''}`))
  print(chapter(paint, 'Unsealed', `by the key file ${house.keyFile} (mode 0600): who has it and the store has all`))
  const token = await tokenFor(house.vault, 'userbot')
  toClose.add(() => revoke(house, token))
  return { folder, house, token, toClose }
}

/** A folder that is kept must not gather tokens that nobody holds. */
async function revoke({ vault }: House, token: string): Promise<void> {
  await vault.write('auth/token/revoke', { token })
}

function next({ address }: House, { program, token, paint }: { program: string; token: string; paint: Paint }): string {
  const lines = [
    `export VAULT_ADDR=${address} VAULT_TOKEN=${token}`,
    'curl --header "X-Vault-Token: $VAULT_TOKEN" $VAULT_ADDR/v1/secret/data/telegram',
    `${program} kv get secret/telegram`,
  ]
  return `Ask it yourself, from another terminal:\n${lines.map((line) => `  ${paint.dim('$')} ${line}\n`).join('')}\n`
}
