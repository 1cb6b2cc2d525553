import { inspect } from 'node:util'
import { openCore, plainVault, statusDeclared, type House, type PlainVault } from '@chatelaine/core/testing'
import { fill, type Verb } from '@chatelaine/sdk'
import { engines, methods } from '@chatelaine/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fieldNames, fullInput, offeredBy, paramsIn, sampleInput, titleOf, type Offered } from './declared.js'
import { openRawDoor, type Answer, type Asked, type RawDoor } from './raw.js'

/**
 * What a client sends may be a secret that was put in the wrong place. No error repeats it, nor does the audit log in clear, nor the
 * server's log. A marker is sent wherever something can be sent, in forms that are refused for many reasons, and looked for.
 */
const marker = 'zq7marker7qz'

/** Where it may be seen all the same. */
const exceptions: readonly { readonly where: RegExp; readonly why: string }[] = [
  { where: /^audit request\.(canonical_)?path$/, why: 'a record says what was asked for, as in Vault' },
  { where: /^audit response\.auth\.(token_)?policies$/, why: 'a record says what a new token may do, as in Vault' },
  { where: /^audit response\.auth\.metadata/, why: 'metadata of a token is for the audit log, as in Vault' },
  { where: /^audit response\.warnings$/, why: 'that a policy does not exist is told with its name, as in Vault; it stands in the policies of the new token too' },
  { where: /^audit (request|response)\.data as a key$/, why: 'keys are names, as in Vault: of values, of the paths that capabilities are asked of' },
  { where: /^answer \S*no handler for route/, why: "Vault's sentence, which clients look for; it is told to who may use that path" },
  { where: /^answer \S*preflight capability check/, why: "Vault's sentence, which its command line and the web console look for" },
  { where: /^audit error of request\.path$/, why: 'those two sentences, in the record of a request that has the path as well' },
]

let house: PlainVault
let door: RawDoor
const logged: unknown[] = []

beforeAll(async () => {
  house = await plainVault({ engines, methods, log: (message, facts) => void logged.push([message, facts]) })
  door = await openRawDoor(house.handle, (event) => void logged.push(event))
  const ready = async (target: string, input: object) => {
    const { status, text } = await door.ask('write', target, { token: house.root, input })
    if (status >= 300) throw new Error(`${target}: ${text}`)
  }
  await ready('sys/audit/tape', { type: 'tape' })
  await ready('sys/mounts/plain', { type: 'kv' })
  await ready('sys/mounts/versioned', { type: 'kv', options: { version: '2' } })
  await ready('sys/auth/telegram', { type: 'telegram' })
  await ready('versioned/data/known', { data: { a: 'b' } })
  await ready('auth/token/roles/known', { allowed_policies: 'a', disallowed_policies_glob: 'z*' })
  await ready('auth/token/roles/barring', { disallowed_policies_glob: '*' })
})
afterAll(() => door.close())

/** Texts with the marker in them that somebody may send by mistake, or that something refuses. */
const forms = [
  marker, `hvs.${marker}`, ` ${marker}`, `${marker}\u0000`, `/${marker}`, `${marker}/../x`, `${marker}=`, `=${marker}`, `${marker}=${marker}`, `${marker},b`,
  `*${marker}+*`, `{{${marker}`, `kv-${marker}`, `${marker}-v2`, `${marker}-batch`, `-${marker}`, marker.repeat(60), JSON.stringify({ a: marker }),
]
const policies = [
  `path "${marker}`, `path "${marker}"`, `path "${marker}" {`, `path "${marker}" { capabilities = ["${marker}"] }`, `path "a" { ${marker} = 1 }`, `path "a" { policy = "${marker}" }`,
  `path "${marker}" { capabilities = 1 }`, `path "{{${marker}" {}`, `path "${marker}+*" {}`, `path "a" "${marker}" {}`, `${marker} = 1`, `name = "a" name ${marker} = "b"`,
  `path "a" { min_wrapping_ttl = "${marker}" }`, `path "a" { allowed_parameters { ${marker} = 1 } }`, `path "a" { allowed_parameters { ${marker} = [] ${marker} = [] } }`,
  `path "a" { allowed_parameters { "${marker}" "${marker}" {} } }`, `path "a" { comment = <<${marker}`, `{"path": {"${marker}": {"capabilities": ["${marker}"]}}}`, `{"path": {"${marker}": ${marker}`,
  `{"${marker}": 1}`, Buffer.from(`path "${marker}" { ${marker}`).toString('base64'),
]
const shapes = [[marker], { a: marker }, [{ a: marker }], [`${marker} `], [`${marker}=`], [[marker]]]

const verbs: readonly Verb[] = ['read', 'list', 'write', 'patch', 'delete']

/** What showed the marker, with one request each that made it do so. */
const seen = new Map<string, string>()
const excused = new Set<RegExp>()

function shown(): Record<string, string> {
  const found = Object.fromEntries(seen)
  seen.clear()
  return found
}

function note(where: string, title: string): void {
  const allowed = exceptions.find((exception) => exception.where.test(where))
  if (allowed) excused.add(allowed.where)
  else if (!seen.has(where)) seen.set(where, title)
}

const shows = (text: string) => text.toLowerCase().includes(marker) || text.includes(Buffer.from(marker).toString('base64').slice(0, 14))

/** The places in a record where a text shows the marker. */
function places(value: unknown, at: readonly string[] = []): string[] {
  if (typeof value === 'string') return shows(value) ? [at.join('.')] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [...(shows(key) ? [`${at.join('.')} as a key`] : []), ...places(inner, Array.isArray(value) ? at : [...at, key])])
}

function look(title: string, answers: readonly Answer[], lines: readonly string[]): void {
  for (const { status, text } of answers) {
    if (status >= 500 && !text.includes('Vault is')) note(`status ${status}`, title)
    if (status >= 400 && shows(text)) note(`answer ${text.trim().replaceAll(new RegExp(`"?[^" ]*${marker}[^" ]*"?`, 'gi'), '…').slice(0, 200)}`, title)
  }
  for (const line of lines) {
    const record = JSON.parse(line) as { error?: string }
    const ofPath = /^no handler for route|^preflight capability check/.test(record.error ?? '')
    for (const place of places(record)) note(`audit ${place}${place === 'error' && ofPath ? ' of request.path' : ''}`, title)
  }
  for (const event of logged.splice(0)) if (shows(inspect(event, { depth: 12 }))) note(`log ${inspect(event, { depth: 1 }).slice(0, 200)}`, title)
}

/** Sends all at once, looks at what came of it, and puts back what was there. */
async function ask(title: string, requests: readonly (() => Promise<Answer>)[]): Promise<void> {
  const before = await house.contents()
  const at = await house.revision()
  house.tape.lines.length = 0
  const answers = await Promise.all(requests.map((request) => request()))
  look(title, answers, house.tape.lines)
  if ((await house.revision()) !== at) await house.restore(before)
}

const send = ({ verb }: Offered, address: string, input: Readonly<Record<string, unknown>>) => () =>
  door.ask(verb, address, { token: house.root, ...(verb === 'write' || verb === 'patch' ? { input } : { query: input }) } satisfies Asked)

const addressOf = ({ mount, path }: Offered, words: Readonly<Record<string, string>>) => mount + fill(path.template, words)
const known = ({ path }: Offered, word = 'known') => Object.fromEntries(paramsIn(path.template).map((name) => [name, word]))

// Thousands of requests, which a busy machine takes its time for.
describe('what a client sends', { timeout: 300_000 }, () => {
  it('is repeated by no error, audit record or log line, in whichever declared field it comes', async () => {
    const offers = offeredBy(await house.declared())

    for (const offered of offers) {
      for (const field of fieldNames(offered)) {
        for (const base of [sampleInput(offered, 'known'), fullInput(offered, 'known')]) {
          const values = [...forms, ...(['policy', 'rules'].includes(field) ? policies : []), ...shapes]
          const addresses = [...new Set(['known', 'barring', 'plain', 'versioned'].map((word) => addressOf(offered, known(offered, word))))]
          await ask(`${titleOf(offered)} with ${field}`, addresses.flatMap((address) => values.map((value) => send(offered, address, { ...base, [field]: value }))))
        }
      }
    }

    expect(shown()).toEqual({})
  })

  it('is repeated by no error or log line, in whichever part of the address it comes', async () => {
    const offers = offeredBy(await house.declared())

    for (const offered of offers) {
      for (const name of paramsIn(offered.path.template)) {
        const addresses = forms.map((form) => addressOf(offered, { ...known(offered), [name]: encodeURIComponent(form) }))
        const inputs = [sampleInput(offered, 'known'), fullInput(offered, 'known'), {}]
        await ask(`${titleOf(offered)} at ${name}`, addresses.flatMap((address) => inputs.map((input) => send(offered, address, input))))
      }
    }
    const nowhere = forms.map(encodeURIComponent).flatMap((form) => [form, `sys/${form}`, `auth/${form}/login`, `versioned/${form}`, `auth/token/${form}`])
    await ask('what is not there', nowhere.flatMap((address) => verbs.map((verb) => () => door.ask(verb, address, { token: house.root }))))

    expect(shown()).toEqual({})
  })

  it('is repeated by no error, audit record or log line, where it is not expected at all', async () => {
    const { root: token } = house
    const texts = [marker, `hvs.${marker}`, `"${marker}"`, `{"${marker}`, `{"a": ${marker}}`, `{"a": "${marker}`, `["${marker}"]`, `{"a": "\\${marker}"}`, `{"type": "\\u00zz${marker}"}`, `<${marker}>`]
    const bodies = texts.flatMap((body) => ['application/json', 'application/x-www-form-urlencoded', 'application/merge-patch+json', marker].map((type) => ({ body, headers: { 'Content-Type': type } })))
    const names = ['X-Vault-Token', 'X-Vault-Wrap-TTL', 'X-Vault-Namespace', 'Authorization', 'X-Vault-Request', 'X-Vault-Policy-Override', 'X-Vault-MFA', 'Range', 'Accept', 'Cookie']
    const strays = [...names.flatMap((name) => texts.map((text) => ({ headers: { [name]: text } }))), ...bodies, ...texts.map((text) => ({ query: { [text]: text, help: text, list: text } }))]
    const targets = ['sys/mounts', 'sys/mounts/x', 'versioned/data/known', 'plain/known', 'sys/wrapping/unwrap', 'sys/policies/acl/known', 'auth/token/create']

    for (const target of targets) {
      for (const verb of verbs) await ask(`${verb} ${target}`, strays.flatMap((stray) => [{ token, ...stray }, stray]).map((asked) => () => door.ask(verb, target, asked)))
    }

    expect(shown()).toEqual({})
  })

  it('is repeated by nothing that can be asked of a vault in any state', async () => {
    const [sealed, open] = [await openCore(), await openCore()]
    await sealed.core.seal()
    for (const { core } of [sealed, open]) await askStatus(core)

    expect(shown()).toEqual({})
  })

  it('is excused nowhere without need', () => expect(exceptions.filter(({ where }) => !excused.has(where))).toEqual([]))
})

async function askStatus(core: House['core']): Promise<void> {
  const status = await openRawDoor((request) => core.handle(request), (event) => void logged.push(event))
  for (const offered of offeredBy([{ address: 'sys/', engine: statusDeclared }])) {
    const { verb } = offered
    for (const field of fieldNames(offered)) {
      const inputs = [...forms, ...shapes].flatMap((value) => [{ [field]: value }, { ...fullInput(offered, 'known'), [field]: value }])
      const answers = await Promise.all(inputs.map((input) => status.ask(verb, addressOf(offered, {}), verb === 'write' ? { input } : { query: input })))
      look(titleOf(offered), answers, [])
    }
  }
  await status.close()
}
