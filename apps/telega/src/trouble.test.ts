import { tl } from '@mtcute/core'
import { describe, expect, it } from 'vitest'
import { explained, isAlreadySent, isSignedOut } from './trouble.js'

const refused = (errorCode: number, errorMessage: string) => tl.RpcError.fromTl({ errorCode, errorMessage })

describe('trouble with Telegram', () => {
  it.each([[401, 'AUTH_KEY_UNREGISTERED'], [401, 'SESSION_REVOKED'], [401, 'USER_DEACTIVATED_BAN'], [406, 'AUTH_KEY_DUPLICATED']])(
    'is the end of the session at %i %s',
    (code, text) => {
      expect(isSignedOut(refused(code, text))).toBe(true)
      expect(explained(refused(code, text))).toMatchObject({ code: 'telega.signedOut' })
    },
  )

  it('is a wait of so many seconds', () => {
    expect(explained(refused(420, 'FLOOD_WAIT_42'))).toMatchObject({ code: 'telega.wait', details: { seconds: 42 } })
  })

  it('is said in words where there are words for it, and by its name where there are none', () => {
    expect(explained(refused(400, 'API_ID_INVALID'))).toMatchObject({ code: 'telega.refused', message: expect.stringContaining('my.telegram.org') })
    expect(explained(refused(400, 'PEER_FLOOD'))).toMatchObject({ message: 'Telegram refused: PEER_FLOOD' })
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
