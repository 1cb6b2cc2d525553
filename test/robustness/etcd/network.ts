import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { promisify } from 'node:util'
import type { StartOptions } from '@chatelaine/etcd-cluster'

/** A network in which each of some processes has an address of its own and can be cut off from all others and from us. */
export interface Network extends Required<Pick<StartOptions, 'wrap' | 'addresses'>> {
  cut(i: number): void
  mend(i: number): void
  /** What it sends is lost; what is sent to it arrives. */
  silence(i: number): void
  /** What is sent to it is lost; what it sends arrives. */
  deafen(i: number): void
  /** Undoes both. */
  hear(i: number): void
  /** Cuts it for moments, so that packets are lost and sent again; until what is given is called. */
  flap(i: number): () => Promise<void>
  close(): void
}

const ipLater = promisify(execFile)
/** Nobody's: what is sent to it is lost. */
const nobody = '02:00:00:00:ff:ff'
const [downMs, upMs] = [40, 260]

const ip = (...words: string[]) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] })

/** Whether this machine lets us make networks: that takes root, and Linux's `ip`. */
export function networksAvailable(): boolean {
  const name = `probe-${randomInt(1e6)}`
  if (spawnSync('ip', ['netns', 'add', name], { stdio: 'ignore' }).status !== 0) return false
  return spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' }).status === 0
}

/**
 * A bridge on which this process has an address, and behind one cable each a namespace for every other. A cable that is down
 * loses every packet in silence, as a pulled plug does; the processes behind it go on.
 */
export function openNetwork(count: number): Network {
  // Interfaces have names of at most 15 letters, and two runs must not meet.
  const name = `rb${randomInt(1e6)}`
  const subnet = `10.${randomInt(64, 250)}.${randomInt(250)}`
  const namespace = (i: number) => `${name}-${i}`
  const cable = (i: number) => `${name}c${i}`
  const opened: string[][] = []
  const close = () => {
    for (const words of opened.splice(0).reverse()) spawnSync('ip', words, { stdio: 'ignore' })
  }
  try {
    ip('link', 'add', name, 'type', 'bridge')
    opened.push(['link', 'del', name])
    ip('address', 'add', `${subnet}.254/24`, 'dev', name)
    ip('link', 'set', name, 'up')
    for (let i = 0; i < count; i++) {
      ip('netns', 'add', namespace(i))
      opened.push(['netns', 'del', namespace(i)])
      ip('link', 'add', cable(i), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace(i))
      ip('link', 'set', cable(i), 'master', name, 'up')
      ip('-n', namespace(i), 'address', 'add', `${subnet}.${i + 1}/24`, 'dev', 'eth0')
      ip('-n', namespace(i), 'link', 'set', 'eth0', 'up')
      ip('-n', namespace(i), 'link', 'set', 'lo', 'up')
    }
  } catch (error) {
    close()
    throw error
  }
  const addresses = Array.from({ length: count }, (_, i) => `${subnet}.${i + 1}`)
  /** Everybody on the bridge: how to speak for them to `ip`, their interface, their address. */
  const stations = [...addresses.map((address, i) => ({ at: ['-n', namespace(i)], device: 'eth0', address })), { at: [], device: name, address: `${subnet}.254` }]
  type Station = (typeof stations)[number]
  /** Has `from` take a wrong way to `to`, or learn the right one again. */
  const lose = (from: Station, to: Station) => void ip(...from.at, 'neigh', 'replace', to.address, 'lladdr', nobody, 'dev', from.device, 'nud', 'permanent')
  const find = (from: Station, to: Station) => void spawnSync('ip', [...from.at, 'neigh', 'del', to.address, 'dev', from.device], { stdio: 'ignore' })
  const around = (i: number, what: (victim: Station, other: Station) => void) =>
    stations.forEach((other, n) => n !== i && what(stations[i] as Station, other))
  return {
    addresses,
    wrap: (i, argv) => ['ip', 'netns', 'exec', namespace(i), ...argv],
    cut: (i) => void ip('link', 'set', cable(i), 'down'),
    mend: (i) => void ip('link', 'set', cable(i), 'up'),
    silence: (i) => around(i, lose),
    deafen: (i) => around(i, (victim, other) => lose(other, victim)),
    hear: (i) =>
      around(i, (victim, other) => {
        find(victim, other)
        find(other, victim)
      }),
    flap(i) {
      let ended = false
      const flapping = (async () => {
        while (!ended) {
          await ipLater('ip', ['link', 'set', cable(i), 'down'])
          await pause(downMs)
          await ipLater('ip', ['link', 'set', cable(i), 'up'])
          await pause(upMs)
        }
      })()
      flapping.catch(() => undefined)
      return async () => {
        ended = true
        await flapping
      }
    },
    close,
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
