import { defineErrors, memoryStorage, type AuditDevice, type AuditType, type Storage } from '@chatelaine/sdk'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AuditBroker } from './broker.js'
import { verifyChain } from './chain.js'
import { AuditError } from './errors.js'
import type { AnswerFacts } from './facts.js'

const MemoryDeviceError = defineErrors('memory-device', { badOption: { status: 400, text: () => 'bad option' } })

interface Shown {
  readonly type: string
  readonly request: { readonly path: string; readonly headers?: unknown }
}

/** A device that keeps its lines, and that a test can break or hold up. */
class MemoryDevice implements AuditDevice {
  readonly lines: string[] = []
  opened = 0
  closed = 0
  reloaded = 0
  broken = false
  #held: (() => void)[] | undefined

  hold() {
    this.#held = []
  }

  release() {
    this.#held?.forEach((go) => go())
    this.#held = undefined
  }

  async write(line: string) {
    if (this.broken) throw new Error(`cannot write ${line}`)
    if (this.#held) await new Promise<void>((resolve) => this.#held?.push(resolve))
    this.lines.push(line)
  }

  async reload() {
    if (this.broken) throw new Error('cannot reopen')
    this.reloaded += 1
  }

  async close() {
    this.closed += 1
  }

  get records() {
    return this.lines.map((line) => JSON.parse(line) as Shown)
  }
}

/** One node: its broker over `storage`, and a device for each place named in `options.place`. */
function node({ storage = memoryStorage(), timeoutMs = 60_000 }: { storage?: Storage; timeoutMs?: number } = {}) {
  const devices = new Map<string, MemoryDevice>()
  const log: { message: string; device: string; reason?: string }[] = []
  let now = Date.UTC(2030, 0)
  const device = (place: string) => devices.get(place) ?? devices.set(place, new MemoryDevice()).get(place)!
  const memory: AuditType = {
    type: 'memory',
    async open({ place = 'a', ...others }) {
      if (Object.keys(others).length > 0) throw MemoryDeviceError.badOption()
      const found = device(place)
      if (found.broken) throw new Error('cannot open')
      found.opened += 1
      return found
    },
  }
  const broker = new AuditBroker({
    storage, types: [memory], timeoutMs, clock: { now: () => new Date(now) },
    log: (message, facts) => log.push({ message, ...facts }),
  })
  onTestFinished(() => broker.close())
  const enable = (path: string, options: Record<string, string> = { place: path }) => broker.enable(path,
    { type: 'memory', options })
  return { broker, device, log, enable, storage, pass: (ms: number) => (now += ms) }
}

const facts: AnswerFacts = {
  requestId: 'id-1', operation: 'read', request: { verb: 'read', path: 'secret/x', input: {}, token: 'hvs.mine' },
  response: { data: { k: 'hush' } },
}

describe('audit broker', () => {
  it('lets everything pass while no device is enabled', async () => {
    const { broker } = node()
    await expect(broker.request(facts)).resolves.toBeUndefined()
    await expect(broker.response(facts)).resolves.toBeUndefined()
  })

  it('writes each request and each answer to every device', async () => {
    const { broker, device, enable } = node()
    await enable('a')
    await enable('b')

    await broker.request(facts)
    await broker.response(facts)

    for (const place of ['a', 'b']) {
      expect(device(place).records.map(({ type, request }) => [type, request.path])).toEqual([
        ['request', 'sys/audit/test'], ['request', 'secret/x'], ['response', 'secret/x'],
      ])
    }
    expect(device('a').lines.join()).not.toContain('hush')
  })

  it('follows what other nodes enable and disable, from the next request on', async () => {
    const storage = memoryStorage()
    const [one, two] = [node({ storage }), node({ storage })]
    await two.broker.request(facts)

    await one.enable('a')
    await two.broker.request(facts)
    await one.broker.disable('a')
    await two.broker.request(facts)

    expect(two.device('a').records.map(({ request }) => request.path)).toEqual(['secret/x'])
    expect(two.device('a').closed).toBe(1)
  })

  it('records an answer on a node that has seen no request yet', async () => {
    const storage = memoryStorage()
    await node({ storage }).enable('a')
    const restarted = node({ storage })

    await restarted.broker.response(facts)

    expect(restarted.device('a').records).toHaveLength(1)
  })

  it('keeps a device open while other devices come and go', async () => {
    const { broker, device, enable } = node()
    await enable('a')
    await broker.request(facts)
    const { opened } = device('a')

    await enable('b')
    await broker.disable('b')
    await broker.request(facts)

    expect(device('a').opened).toBe(opened)
  })

  it('links the lines of a device so that a missing one shows', async () => {
    const { broker, device, enable } = node()
    await enable('a')
    for (let i = 0; i < 5; i++) await Promise.all([broker.request(facts), broker.response(facts)])
    const key = await broker.chainKey('a')

    expect(verifyChain(device('a').lines, key)).toEqual({ lines: 11, chains: 2, breaks: [] })
    expect(verifyChain(device('a').lines.toSpliced(4, 1), key).breaks).toEqual([{ line: 5, problem: 'missing' }])
  })

  it('hashes with the salt of each device alone, and tells what a value looks like', async () => {
    const { broker, device, enable } = node()
    await enable('a')
    await enable('b')
    await broker.response(facts)

    const [a, b] = await Promise.all(['a', 'b/'].map((path) => broker.hash(path, 'hush')))
    expect(device('a').lines.at(-1)).toContain(a)
    expect(device('b').lines.at(-1)).toContain(b)
    expect(a).not.toBe(b)
  })

  it('shows a record that a broken device lost as missing', async () => {
    const { broker, device, enable } = node()
    await enable('a')
    await enable('b')
    await broker.request(facts)
    device('a').broken = true
    await broker.request(facts)
    device('a').broken = false
    await broker.request(facts)

    const lines = device('a').lines
    expect(verifyChain(lines, await broker.chainKey('a')).breaks).toEqual([{ line: lines.length, problem: 'missing' }])
  })

  it('writes behind a prefix', async () => {
    const { device, enable } = node()
    await enable('a', { prefix: 'vault: ' })
    expect(device('a').lines).toEqual([expect.stringMatching(/^vault: \{/)])
  })

  it('writes down the headers it is told to, until told otherwise', async () => {
    const { broker, device, enable } = node()
    await enable('a')
    const request = { ...facts.request, headers: { 'x-correlation-id': '42' } }

    await broker.setHeader('X-Correlation-ID', { hmac: false })
    await broker.request({ ...facts, request })
    expect(await broker.headers()).toEqual({ 'x-correlation-id': { hmac: false } })
    await broker.setHeader('x-correlation-id', undefined)
    await broker.request({ ...facts, request })

    const shown = device('a').records.slice(1).map(({ request }) => request.headers)
    expect(shown).toEqual([{ 'x-correlation-id': ['42'] }, undefined])
    await expect(broker.setHeader('no header', { hmac: true })).rejects.toSatisfy(AuditError.badHeader.is)
  })
})

describe('audit broker, when devices fail', () => {
  it('is content with one device that writes, and says which does not', async () => {
    const { broker, device, enable, log } = node()
    await enable('a')
    await enable('b')
    device('b').broken = true

    await broker.request(facts)
    await broker.response(facts)

    expect(device('a').lines).toHaveLength(3)
    expect(broker.counts().get('b/')).toMatchObject({ failed: 2 })
    expect(log).toEqual([{ message: 'the audit device does not write', device: 'b/',
      reason: expect.any(String) as string }])
  })

  it('lets nothing pass when no device writes, and tells the caller and the log nothing of the record', async () => {
    const { broker, device, enable, log } = node()
    await enable('a')
    await broker.request(facts)
    device('a').broken = true

    for (const attempt of [broker.request(facts), broker.response(facts)]) {
      await expect(attempt).rejects.toSatisfy(AuditError.failed.is)
      await expect(attempt).rejects.toThrow(/^internal error$/)
    }
    expect(JSON.stringify(log)).not.toMatch(/secret\/x|cannot write/)
  })

  it('gives up on a device that hangs, and leaves it alone until it is back', async () => {
    const { broker, device, enable, log } = node({ timeoutMs: 20 })
    await enable('a')
    await enable('b')
    await broker.request(facts)
    device('b').hold()

    await broker.request(facts)
    await broker.request(facts)
    expect(broker.counts().get('b/')).toEqual({ written: 1, failed: 2, timedOut: 1 })

    device('b').release()
    await expect.poll(() => device('b').lines).toHaveLength(3)
    await broker.request(facts)

    expect(broker.counts().get('b/')).toMatchObject({ written: 2 })
    expect(log.map(({ message }) => message)).toEqual(['the audit device does not write',
      'the audit device writes again'])
    expect(verifyChain(device('b').lines, await broker.chainKey('b')).breaks).toEqual([])
  })

  it('lets nothing pass while the only device hangs', async () => {
    const { broker, device, enable } = node({ timeoutMs: 20 })
    await enable('a')
    await broker.request(facts)
    device('a').hold()

    await expect(broker.request(facts)).rejects.toSatisfy(AuditError.failed.is)
    await expect(broker.response(facts)).rejects.toSatisfy(AuditError.failed.is)
  })

  it('opens a device that hangs anew on reload', async () => {
    const { broker, device, enable } = node({ timeoutMs: 20 })
    await enable('a')
    await broker.request(facts)
    device('a').hold()
    await expect(broker.request(facts)).rejects.toSatisfy(AuditError.failed.is)

    const { opened } = device('a')
    await broker.reload()
    device('a').release()
    await broker.request(facts)

    expect(device('a').opened).toBe(opened + 1)
    expect(broker.counts().get('a/')?.written).toBe(2)
  })

  it('tries a device that cannot be opened again, but not by every request', async () => {
    const storage = memoryStorage()
    await node({ storage }).enable('a')
    const { broker, device, pass } = node({ storage })
    device('a').broken = true
    await expect(broker.request(facts)).rejects.toSatisfy(AuditError.failed.is)

    device('a').broken = false
    await expect(broker.request(facts)).rejects.toSatisfy(AuditError.failed.is)
    pass(1000)

    await expect(broker.request(facts)).resolves.toBeUndefined()
  })

  it('lets nothing pass on a node that does not know the type of the only device', async () => {
    const storage = memoryStorage()
    await node({ storage }).enable('a')
    const broker = new AuditBroker({ storage, types: [], clock: { now: () => new Date(0) }, log: () => undefined })

    await expect(broker.request(facts)).rejects.toSatisfy(AuditError.failed.is)
  })

  it('lets nothing pass once closed', async () => {
    const { broker, device, enable } = node()
    await enable('a')
    await broker.request(facts)

    await broker.close()

    await expect(broker.request(facts)).rejects.toSatisfy(AuditError.failed.is)
    await expect(broker.response(facts)).rejects.toSatisfy(AuditError.failed.is)
    expect(device('a').closed).toBe(device('a').opened)
  })

  it('refuses no request because its only device is being disabled', async () => {
    const { broker, device, enable } = node()
    await enable('a')
    await broker.request(facts)

    const running = Array.from({ length: 50 }, () => broker.request(facts))
    await Promise.all([broker.disable('a'), ...running])

    expect(device('a').closed).toBe(device('a').opened)
    expect(broker.counts().size).toBe(0)
  })

  it('reloads its devices, and opens one anew that cannot be reloaded', async () => {
    const { broker, device, enable } = node()
    await enable('a')
    await enable('b')
    await broker.request(facts)
    device('b').broken = true
    const { opened } = device('b')

    await broker.reload()
    device('b').broken = false
    await broker.request(facts)

    expect(device('a').reloaded).toBe(1)
    expect(device('b').opened).toBe(opened + 1)
  })
})

describe('audit broker, enabling', () => {
  it('lists what is enabled in the shape of sys/audit, without salts', async () => {
    const { broker } = node()
    await broker.enable('team/a', { type: 'memory', description: 'first', options: { place: 'a', log_raw: 'true' },
      local: true })

    expect(await broker.list()).toEqual({
      'team/a/': { type: 'memory', description: 'first', path: 'team/a/', local: true, options: { place: 'a',
        log_raw: 'true' } },
    })
  })

  it('refuses a path that is in use, lies under one, or lies above one', async () => {
    const { enable } = node()
    await enable('team/a')
    for (const path of ['team/a', 'team/a/', 'team/a/b',
      'team']) await expect(enable(path)).rejects.toSatisfy(AuditError.pathInUse.is)
    await expect(enable('team/ab')).resolves.toBeUndefined()
  })

  it.each(['', '/', 'a//b', '../a', 'a/..', 'a b', 'a\n'])('refuses the path %j', async (path) => {
    await expect(node().enable(path)).rejects.toSatisfy(AuditError.badPath.is)
  })

  it('lets one of several nodes racing for a path have it', async () => {
    const storage = memoryStorage()
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => node({ storage }).enable('a')))

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(Object.keys(await node({ storage }).broker.list())).toEqual(['a/'])
  })

  it('refuses unknown types and options, naming the types there are', async () => {
    const { broker, enable } = node()
    await expect(broker.enable('a', { type: 'syslog' })).rejects.toThrow('unknown backend type: this server has memory')
    await expect(enable('a', { colour: 'red' })).rejects.toSatisfy(MemoryDeviceError.badOption.is)
    for (const options of [{ format: 'jsonx' }, { log_raw: 'perhaps' }, { prefix: '#!/bin/sh' }, { prefix: 'a\nb' },
      { prefix: 'x'.repeat(33) }]) {
      await expect(enable('a', options as Record<string, string>)).rejects.toSatisfy(AuditError.badOption.is)
    }
    expect(await broker.list()).toEqual({})
  })

  it('does not enable a device that cannot be opened or written to, and closes it', async () => {
    const { broker, device, enable } = node({ timeoutMs: 20 })
    device('a').broken = true
    await expect(enable('a')).rejects.toSatisfy(AuditError.cannotWrite.is)

    device('a').broken = false
    device('a').hold()
    await expect(enable('a')).rejects.toSatisfy(AuditError.cannotWrite.is)

    expect(await broker.list()).toEqual({})
    expect(device('a').closed).toBe(1)
  })

  it('does not enable a device that opens while it is enabled, and not afterwards', async () => {
    const lines: string[] = []
    const moody: AuditType = {
      type: 'moody',
      async open(_, enabling) {
        if (!enabling) throw MemoryDeviceError.badOption()
        return { write: async (line) => void lines.push(line), close: async () => undefined }
      },
    }
    const broker = new AuditBroker({ storage: memoryStorage(), types: [moody], clock: { now: () => new Date(0) }, log: () => undefined })
    onTestFinished(() => broker.close())

    await expect(broker.enable('a', { type: 'moody' })).rejects.toSatisfy(MemoryDeviceError.badOption.is)

    expect(lines).toHaveLength(1)
    expect(await broker.list()).toEqual({})
    await expect(broker.request(facts)).resolves.toBeUndefined()
  })

  it('knows no hash for a device that is not enabled, and disables what is not there in peace', async () => {
    const { broker } = node()
    await expect(broker.hash('a', 'x')).rejects.toSatisfy(AuditError.unknownDevice.is)
    await expect(broker.disable('a')).resolves.toBeUndefined()
  })
})
