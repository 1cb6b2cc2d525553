import { equalStrings, HmacKey } from '@chatelaine/crypto'

/**
 * Each line of a log ends in `,"chain":{"id":…,"seq":…,"mac":…}}`. `mac` is HMAC-SHA256, under a key of the device's
 * own, over `id`, `seq`, the `mac` of the line before (nothing for the first) and the line's JSON up to `,"chain"`
 * closed by `}`. So nobody without the key can change, remove, reorder or add a line without the next one showing it.
 *
 * A process starts one chain for each device it enables or finds enabled, and goes on with it over rotation, reload and
 * writes that failed: a line that was lost is missing, and shows as that. What a chain cannot show is its own end being
 * cut off before the next process starts another: that takes a copy kept elsewhere.
 */
export class Chain {
  readonly #key: HmacKey
  readonly #id: string
  #seq = 0
  #mac = ''

  constructor(key: Uint8Array, id: string) {
    this.#key = new HmacKey(key)
    this.#id = id
  }

  /** Links `json`, the text of an object, to what was linked before. Lines must be written in the order of linking. */
  link(json: string): string {
    this.#seq += 1
    this.#mac = macOf(this.#key, { id: this.#id, seq: this.#seq, before: this.#mac, json })
    return `${json.slice(0, -1)},"chain":{"id":"${this.#id}","seq":${this.#seq},"mac":"${this.#mac}"}}`
  }
}

interface Link {
  readonly id: string
  readonly seq: number
  readonly before: string
  readonly json: string
}

// The parts before `json` hold no line break, so no two links read the same.
const macOf = (key: HmacKey, { id, seq, before, json }: Link) => key.hex(`${id}\n${seq}\n${before}\n${json}`)

/** Something wrong with a log. `line` counts from 1. */
export interface ChainBreak {
  readonly line: number
  readonly problem: 'unreadable' | 'missing' | 'altered'
}

export interface ChainReport {
  readonly lines: number
  /** One for each process that wrote here. */
  readonly chains: number
  readonly breaks: readonly ChainBreak[]
}

const linked = /^(\{.*),"chain":\{"id":"([\w-]+)","seq":(\d+),"mac":"([0-9a-f]{64})"\}\}$/

/**
 * Checks a log against the device's chain key: give it rotated files in order, oldest first. Chains of several
 * processes may lie mixed. `missing`: lines before this one are gone or out of order, and so this one itself, whose
 * link leads to them, cannot be vouched for. `altered`: this line is not the one that was linked here.
 */
export function verifyChain(lines: Iterable<string>, key: Uint8Array, prefix = ''): ChainReport {
  const hmac = new HmacKey(key)
  const tips = new Map<string, { seq: number; mac: string }>()
  const breaks: ChainBreak[] = []
  let line = 0
  for (const text of lines) {
    line += 1
    const found = text.startsWith(prefix) ? linked.exec(text.slice(prefix.length)) : undefined
    const [, body, id = '', digits, mac = ''] = found ?? []
    if (body === undefined) {
      breaks.push({ line, problem: 'unreadable' })
      continue
    }
    const seq = Number(digits)
    const tip = tips.get(id) ?? { seq: 0, mac: '' }
    const follows = seq === tip.seq + 1
    const same = follows && equalStrings(mac, macOf(hmac, { id, seq, before: tip.mac, json: `${body}}` }))
    if (!same) breaks.push({ line, problem: follows ? 'altered' : 'missing' })
    tips.set(id, { seq, mac })
  }
  hmac.close()
  return { lines: line, chains: tips.size, breaks }
}
