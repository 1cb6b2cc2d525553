import { createVault } from '@chatelaine/client'
import { Type as T } from 'typebox'
import { describe, expect, it } from 'vitest'
import { answer, command, usage } from './command.js'
import { commands } from './commands/index.js'

const vault = createVault({ address: 'inproc:', transport: () => Promise.reject(new Error('not asked')) })
const call = { vault, senderId: 1, keysSecret: 'secret/telegram' }

const repeat = command({
  name: 'repeat',
  summary: 'Say it again.',
  args: T.Object({ word: T.String(), times: T.Integer({ minimum: 1, default: 2 }) }),
  handle: async ({ args: { word, times } }) => Array.from({ length: times }, () => word).join(' '),
})

describe('a command', () => {
  it('is given its words as what it declares, and defaults for those left out', async () => {
    expect(await answer(repeat, ['ho', '3'], call)).toBe('ho ho ho')
    expect(await answer(repeat, ['ho'], call)).toBe('ho ho')
  })

  it.each([[[]], [['ho', 'three']], [['ho', '0']], [['ho', '1', 'more']]])('says how it is used when given %j', async (words) => {
    expect(await answer(repeat, words, call)).toBe('Usage: /repeat <word> [times] – Say it again.')
  })

  it('is listed by /help with all others', async () => {
    const help = commands.find(({ name }) => name === 'help')!
    const text = await answer(help, [], call)
    for (const one of commands) expect(text).toContain(usage(one))
  })

  it('is never answered in a way that another userbot would take for a command', async () => {
    for (const one of commands) expect(await answer(one, ['too', 'many'], call)).not.toMatch(/^\//)
    expect(await answer(commands.find(({ name }) => name === 'help')!, [], call)).not.toMatch(/^\//)
  })
})
