import { atOnce, decodeRecord, encodeRecord, inSlices, untilCommitted, type Sliced, type Storage } from '@chatelaine/sdk'
import { Attested } from './attested.js'
import { Manifest } from './manifest.js'
import {
  buildingAcl, defaultPolicyText, parsePolicy, placedRules, resolveTemplates, responseWrappingPolicyText, rootPolicy, type Acl, type PlacedRule, type Policy,
} from './policies/index.js'
import { PolicyError } from './policies/errors.js'

const prefix = 'sys/policy/'

interface Kept {
  readonly text: string
  /** Read from the text when it is first asked for. */
  readonly policy: () => Policy
}

interface Judged {
  readonly revisions: readonly bigint[]
  readonly acl: Acl
}

const combinations = 1024

/** Characters. So much is read in some milliseconds, and longer than any policy that a person looks over. */
const longest = 131_072

function* parsing(text: string): Sliced<readonly PlacedRule[]> {
  return placedRules(text)
}

/**
 * Policies in storage, and what a set of them allows. The merged rules of a set are kept while every policy in it has the
 * revision they were merged from.
 */
export class PolicyStore {
  readonly #storage: Storage
  readonly #manifest: Manifest
  readonly #parsed: Attested<Kept>
  readonly #judged = new Map<string, Judged>()
  readonly #building = new Map<string, Promise<Acl>>()
  #closed = false
  readonly #wrapping = parsePolicy('response-wrapping', responseWrappingPolicyText)

  constructor(storage: Storage, manifest = new Manifest(storage)) {
    this.#storage = storage
    this.#manifest = manifest
    this.#parsed = new Attested(storage, manifest, ({ key, value }) => {
      const text = decodeRecord<string>(value)
      let policy: Policy | undefined
      // No identity engine fills templates yet: a path that asks for one is dropped, and grants nothing.
      return { text, policy: () => (policy ??= resolveTemplates(parsePolicy(key.slice(prefix.length), text), () => undefined)) }
    })
  }

  /** What holders of `names` may do. A name nobody has written grants nothing. */
  async acl(names: readonly string[]): Promise<Acl> {
    const key = names.join('\n')
    const found = await Promise.all(names.map((name) => this.#policy(name)))
    const revisions = found.map((kept) => kept?.revision ?? 0n)
    const before = this.#judged.get(key)
    if (before && before.revisions.every((revision, i) => revision === revisions[i])) return before.acl
    return this.#built(key, revisions, found.flatMap((kept) => (kept ? [kept.value] : [])))
  }

  /** Merges the rules, once for all who ask meanwhile. */
  #built(key: string, revisions: readonly bigint[], kept: readonly Kept[]): Acl | Promise<Acl> {
    const keep = (acl: Acl): Acl => {
      if (this.#judged.size >= combinations) this.#judged.clear()
      if (!this.#closed) this.#judged.set(key, { revisions, acl })
      return acl
    }
    const characters = kept.reduce((sum, { text }) => sum + text.length, 0)
    if (characters <= light) return keep(atOnce(building(kept)))
    const id = `${key}\n${revisions.join()}`
    const under = this.#building.get(id) ?? inSlices(building(kept)).then(keep).finally(() => this.#building.delete(id))
    this.#building.set(id, under)
    return under
  }

  /** The text as it was written, byte for byte. */
  async text(name: string): Promise<string | undefined> {
    if (name === 'root') return ''
    if (name === 'response-wrapping') return responseWrappingPolicyText
    return (await this.#parsed.get(prefix + name))?.value.text
  }

  /** Those that somebody may write or assign, and `root`. */
  async names(): Promise<string[]> {
    const hidden = (name: string) => name === 'response-wrapping'
    return [...new Set([...(await this.#namesUnder('')), 'root'])].filter((name) => !hidden(name)).sort()
  }

  /** Parses before it keeps: what is stored can always be judged by. Answers with the rules. */
  async write(name: string, text: string): Promise<readonly PlacedRule[]> {
    if (text.length > longest) throw PolicyError.tooLong()
    // One at a time: twenty long ones at once would keep everybody else waiting for twenty times as long.
    const rules = await inSlices(parsing(text))
    await untilCommitted(() => this.#manifest.commit([{ put: prefix + name, value: encodeRecord(text) }]))
    return rules
  }

  async remove(name: string): Promise<void> {
    await untilCommitted(() => this.#manifest.commit([{ remove: prefix + name }]))
  }

  /** Writes `default` into a new vault. */
  async open(): Promise<void> {
    const key = `${prefix}default`
    const value = encodeRecord(defaultPolicyText)
    // One that storage lost is not made anew: it may have said something else.
    await untilCommitted(async () => {
      if ((await this.#storage.get(key)) ?? (await this.#manifest.names(key))) return true
      return this.#manifest.commit([{ put: key, value }], [{ key, revision: 0n }])
    })
  }

  close(): void {
    this.#closed = true
    this.#parsed.clear()
    this.#judged.clear()
  }

  /** A policy's name may have slashes, and its storage key has them too. */
  #namesUnder(folder: string): Promise<string[]> {
    return namesUnder(this.#storage, folder)
  }

  async #policy(name: string): Promise<{ readonly revision: bigint; readonly value: Kept } | undefined> {
    if (name === 'root') return { revision: 0n, value: { text: '', policy: () => rootPolicy } }
    if (name === 'response-wrapping') return { revision: 0n, value: { text: responseWrappingPolicyText, policy: () => this.#wrapping } }
    return this.#parsed.get(prefix + name)
  }
}

/** Characters of policies that are read and merged at once. More takes a while, in which other requests are to be answered. */
const light = 16_384

function* building(kept: readonly Kept[]): Sliced<Acl> {
  const policies: Policy[] = []
  for (const { policy } of kept) {
    policies.push(policy())
    yield
  }
  return yield* buildingAcl(policies)
}

/** Where every policy lies. */
export const policyKeys = async (storage: Storage): Promise<readonly string[]> => (await namesUnder(storage, '')).map((name) => prefix + name)

async function namesUnder(storage: Storage, folder: string): Promise<string[]> {
  const found = (await storage.list(prefix + folder)).map((name) => folder + name)
  const deeper = found.filter((name) => name.endsWith('/')).map((name) => namesUnder(storage, name))
  return [...found.filter((name) => !name.endsWith('/')), ...(await Promise.all(deeper)).flat()]
}
