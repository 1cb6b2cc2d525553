import { plainVault, type Contents, type PlainVault } from '@chatelaine/core/testing'
import { fill, type Verb } from '@chatelaine/sdk'
import { engines, methods } from '@chatelaine/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { offeredBy, paramsIn, sampleInput, titleOf, type Offered } from './declared.js'
import { openRawDoor, type Answer, type RawDoor } from './raw.js'

/**
 * No spelling of an address gets at what a policy denies under its one spelling. Every declared path is tried, from the list of
 * engines that the server uses, so an engine that is added is tried as well. A request counts as having got there when it was not
 * refused and left behind, or told, what the same request leaves behind or tells when it is allowed.
 */
let house: PlainVault
let door: RawDoor

// A `k` and an `s` have relatives elsewhere in Unicode that some ways of changing case turn into them.
const [known, fresh] = ['precious-k', 'fresh-ks'] as const

beforeAll(async () => {
  house = await plainVault({ engines, methods })
  door = await openRawDoor(house.handle, () => undefined)
  const ready = async (target: string, input: object) => {
    const { status, text } = await door.ask('write', target, { token: house.root, input })
    if (status >= 300) throw new Error(`${target}: ${text}`)
  }
  await ready('sys/mounts/plain', { type: 'kv' })
  await ready('sys/mounts/versioned', { type: 'kv', options: { version: '2' } })
  await ready('sys/auth/telegram', { type: 'telegram' })
  // Whatever can be written under a name is there under the first name.
  for (const offered of await namedOffers()) {
    const { path, verb } = offered
    if (verb === 'write' && ['read', 'list', 'delete'].some((other) => other in path.operations)) {
      await door.ask('write', addressOf(offered, known), { token: house.root, input: sampleInput(offered, known) })
    }
  }
})
afterAll(() => door.close())

const guardedOffers = async () => offeredBy(await house.declared()).filter(({ path }) => path.options.unauthenticated !== true)
const namedOffers = async () => (await guardedOffers()).filter(({ path }) => paramsIn(path.template).length > 0)

/** Where each parameter is `word`; what `revoke-prefix` ends must be something that tokens were made by. */
function addressOf({ mount, path }: Offered, word: string): string {
  const params = Object.fromEntries(paramsIn(path.template).map((name) => [name, name === 'prefix' ? 'auth/token/create' : word]))
  return mount + fill(path.template, params)
}

const hex = (text: string) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
const title = (text: string) => text.replace(/[a-z]/, (letter) => letter.toUpperCase())

/** Other spellings of an address, as they go on the wire. */
function spellingsOf(address: string, word: string): string[] {
  const at = address.lastIndexOf('/') + 1
  const [folder, last] = [address.slice(0, at), address.slice(at)]
  const replaced = [word.toUpperCase(), title(word), hex(word), hex(word.toUpperCase()), hex(hex(word)), `${word}%20`, `%20${word}`, `${word}+`, `${word}.`]
  const lookalikes = [word.replace('k', '\u212a'), word.replace('s', '\u017f'), `${word}\u200b`, `\ufeff${word}`, `${word}\u0301`, word.replace('e', '\uff45')]
  const ends = ['/', '//', '%2f', '%2F', '%252f', '/.', '/%2e', '/%2e/', '/..', '/x/..', '/x/%2e%2e', '%20', '+', '.', ';', ';a=b', '%00', '%0a', '%09', '%c2%a0', '%e2%80%8b', '%3f', '%23']
  if (!address.includes(word)) return [address, ...ends.map((end) => address + end), `/${address}`, `%2f${address}`, title(address), address.replaceAll('/', '%2f')]
  return [
    address,
    ...ends.map((end) => address + end),
    ...[...replaced, ...lookalikes.map(encodeURIComponent)].map((other) => address.replaceAll(word, other)),
    ...['/', '%2f', './', '%2e/', '%20', 'x/../'].flatMap((mark) => [mark + address, folder + mark + last]),
    address.toUpperCase(), title(address), folder + hex(last), address.replaceAll('/', '%2f'), address.replaceAll('/', '//'), address.replaceAll('/', '%2f/'),
    address.replaceAll('/', '\\').replaceAll('\\', '%5c'),
  ]
}

/** What a request left behind and told, without what is new each time. */
interface Effect {
  readonly changes: string
  readonly told: string
}

async function effectOf({ before, at }: Start, { status, text }: Answer): Promise<Effect> {
  const after = (await house.revision()) === at ? before : await house.contents()
  const keys = [...new Set([...before.keys(), ...after.keys()])].filter((key) => key !== 'core/manifest' && before.get(key) !== after.get(key)).sort()
  const told = text === '' || status >= 300 ? null : ((JSON.parse(text) as { data?: unknown }).data ?? null)
  const known = (value: unknown) => JSON.stringify(value).replaceAll(/[0-9a-f]{8}(?:-[0-9a-f-]+)?/g, 'X')
  return { changes: known(keys.map((key) => [key, after.get(key)])), told: known(told) }
}

interface Start {
  readonly before: Contents
  /** The storage's revision when that was so. */
  readonly at: bigint
}

const nothing: Effect = { changes: '[]', told: 'null' }

/** The spellings by which `token` got where the request at `address` leads. */
async function waysIn(offered: Offered, { address, word, token }: { address: string; word: string; token: string }): Promise<string[]> {
  const { verb, path, mount } = offered
  const input = sampleInput(offered, word)
  const before = await house.contents()
  const at = await house.revision()
  const allowed = await effectOf({ before, at }, await door.ask(verb, address, { token: house.root, input }))
  await house.restore(before)
  const others = (path.options.also ?? []).map((template) => addressOf({ ...offered, path: { ...path, template } }, word))
  const targets = [...spellingsOf(address, word), ...others.flatMap((other) => [other, `${other}/`]), ...(address === mount ? [address.slice(0, -1)] : [])]
  // All at once, as nearly all are refused; one by one where something happened, so that it is known what did it.
  const start = await house.revision()
  const answers = await Promise.all(targets.map((target) => door.ask(verb, target, { token, input })))
  const quiet = (await house.revision()) === start
  const suspects = targets.filter((_, i) => !quiet || (answers[i]?.status ?? 0) < 300)
  if (!quiet) await house.restore(before)
  const found: string[] = []
  for (const target of suspects) {
    const before = await house.contents()
    const effect = await effectOf({ before, at: await house.revision() }, await door.ask(verb, target, { token, input }))
    // What a change tells may be the same for other things; what a question tells is all it does.
    const what = allowed.changes === nothing.changes ? 'told' : 'changes'
    if (effect[what] === allowed[what] && allowed[what] !== nothing[what]) found.push(`${verb} ${target}`)
    if (effect.changes !== nothing.changes) await house.restore(before)
  }
  return found
}

const everything = '"create", "read", "update", "patch", "delete", "list"'

/** A token under a policy of these rules. */
async function tokenWith(rules: string): Promise<string> {
  await house.vault.policies.write('walker', rules)
  const { text } = await door.ask('write', 'auth/token/create-orphan', { token: house.root, input: { policies: ['walker'] } })
  return (JSON.parse(text) as { auth: { client_token: string } }).auth.client_token
}

/** Asks all at `known` and at `fresh`; `guard` is the policy for one address. */
async function tryAll(offers: readonly Offered[], guard: (address: string, verb: Verb) => string): Promise<string[]> {
  const found: string[] = []
  for (const offered of offers) {
    // What is not there can only be made.
    for (const word of offered.verb === 'write' && paramsIn(offered.path.template).length > 0 ? [known, fresh] : [known]) {
      const address = addressOf(offered, word)
      const token = await tokenWith(guard(address, offered.verb))
      found.push(...(await waysIn(offered, { address, word, token })))
    }
  }
  return found
}

// Thousands of requests, which a busy machine takes its time for.
describe('every declared path', { timeout: 300_000 }, () => {
  it('is reached by no spelling that a policy denies under its own', async () => {
    const offers = await guardedOffers()
    expect(offers.map(titleOf)).toEqual(expect.arrayContaining(['delete sys/mounts/{path+}', 'delete sys/audit/{path+}', 'write sys/policies/acl/{name+}', 'delete auth/telegram/role/{name}', 'delete versioned/metadata/{path+}']))

    const found = await tryAll(offers, (address) => `path "*" { capabilities = [${everything}, "sudo"] }\npath "${address}" { capabilities = ["deny"] }`)

    expect(found).toEqual([])
  })

  it('that needs sudo is reached by no spelling without it', async () => {
    const offers = (await guardedOffers()).filter(({ path }) => path.options.sudo)

    const found = await tryAll(offers, () => `path "*" { capabilities = [${everything}] }`)

    expect(found.filter((way) => !way.includes('sys/mounts/auth/'))).toEqual([])
  })
})
