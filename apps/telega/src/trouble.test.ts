import { tl } from '@mtcute/core'
import { describe, expect, it } from 'vitest'
import { telegramWords } from './telegram-words.js'
import { explained, isAlreadySent, isSignedOut } from './trouble.js'

const refused = (errorCode: number, errorMessage: string) => tl.RpcError.fromTl({ errorCode, errorMessage })

describe('trouble with Telegram', () => {
  it.each([
    [401, 'AUTH_KEY_UNREGISTERED', 'signedOut'], [401, 'SESSION_REVOKED', 'signedOut'], [401, 'USER_DEACTIVATED', 'accountGone'],
    [401, 'USER_DEACTIVATED_BAN', 'banned'], [406, 'AUTH_KEY_DUPLICATED', 'usedTwice'],
  ])(
    'is the end of the session at %i %s, named as what it is',
    (code, text, name) => {
      expect(isSignedOut(refused(code, text))).toBe(true)
      expect(explained(refused(code, text))).toMatchObject({ code: `telega.${name}` })
    },
  )

  it('is a wait of so many seconds', () => {
    expect(explained(refused(420, 'FLOOD_WAIT_42'))).toMatchObject({ code: 'telega.wait', details: { seconds: 42 } })
  })

  it('is said in words where there are words for it, and by its name where there are none', () => {
    expect(explained(refused(400, 'API_ID_INVALID'))).toMatchObject({ code: 'telega.refused', message: expect.stringContaining('my.telegram.org') })
    expect(explained(refused(400, 'NEWEST_REFUSAL'))).toMatchObject({ message: expect.stringMatching(/^Telegram refused: NEWEST_REFUSAL \(400\), .*later/) })
    expect(explained(refused(400, 'not a constant: secret'))).toMatchObject({ message: expect.not.stringContaining('secret') })
  })

  it('says what to do next in every sentence there is', () => {
    for (const sentence of Object.values(telegramWords)) {
      expect(sentence).not.toMatch(/[A-Z]+_[A-Z]+/)
      expect(sentence.split(' ').length).toBeGreaterThan(5)
    }
  })

  it.each(['PEER_FLOOD', 'PHONE_PASSWORD_FLOOD', 'UPDATE_APP_TO_LOGIN', 'FROZEN_METHOD_INVALID', 'USER_IS_BLOCKED', 'PHONE_NUMBER_FLOOD'])('has words for %s', (text) => {
    const { message } = explained(refused(400, text)) as Error
    expect(message.replace(`(${text})`, '')).not.toContain(text)
    expect(message.split(' ').length).toBeGreaterThan(10)
  })

  it('is of the system: its path or address is named, with its reason and nothing else', () => {
    const error = (more: object) => Object.assign(new Error('secret words'), more)
    const told = (more: object) => (explained(error(more)) as Error).message
    expect(told({ code: 'EROFS', syscall: 'mkdir', path: '/x/telega' })).toBe('/x/telega cannot be used (mkdir): read-only file system (EROFS)')
    expect(told({ code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port: 5 })).toBe('127.0.0.1:5 cannot be reached: connection refused (ECONNREFUSED)')
    expect(told({ code: 'EMFILE', syscall: 'open' })).toBe('open failed: too many open files (EMFILE)')
  })

  it('tells an answer that is out already from one that is not', () => {
    expect(isAlreadySent(refused(500, 'RANDOM_ID_DUPLICATE'))).toBe(true)
    expect(isAlreadySent(refused(500, 'INTERNAL'))).toBe(false)
    expect(isAlreadySent(new Error('RANDOM_ID_DUPLICATE'))).toBe(false)
  })

  it('leaves other errors as they are', () => {
    const error = new TypeError('x')
    expect(explained(error)).toBe(error)
    expect(explained('text')).toBe('text')
    expect(isSignedOut(error)).toBe(false)
  })
})
