import { tl } from '@mtcute/core'
import { describe, expect, it } from 'vitest'
import { outbox, type Letter } from './outbox.js'

const flood = (seconds: number) => tl.RpcError.fromTl({ errorCode: 420, errorMessage: `FLOOD_WAIT_${seconds}` })
const letter = (senderId: number, ...texts: string[]): Letter => ({ senderId, messageId: 1, pieces: texts.map((text) => ({ text })) })

function opened(limits = { letters: 3, characters: 1000 }) {
  const sent: string[] = []
  const said: string[] = []
  const reported: unknown[] = []
  const fails: unknown[] = []
  let due: (() => void) | undefined
  const box = outbox({
    limits,
    say: (line) => void said.push(line),
    report: (error) => void reported.push(error),
    after(_, run) {
      due = run
      return () => void (due = undefined)
    },
    async send({ senderId, pieces }, index) {
      const error = fails.shift()
      if (error) throw error
      const piece = pieces[index]!
      sent.push(`${senderId}:${'text' in piece ? piece.text : 'file'}`)
    },
  })
  return { box, sent, said, reported, fails, waitIsOver: () => due?.() }
}

describe('answers', () => {
  it('that a flood wait holds up go out after it, each once and in order, from the message that was refused', async () => {
    const { box, sent, said, reported, fails, waitIsOver } = opened()
    fails.push(undefined, flood(3600))
    await box.deliver(letter(1, 'a', 'b', 'c'))
    await box.deliver(letter(2, 'd'))
    expect(sent).toEqual(['1:a'])

    waitIsOver()

    await expect.poll(() => sent).toEqual(['1:a', '1:b', '1:c', '2:d'])
    expect(said[0]).toContain('3600 seconds (1 hour)')
    expect(reported).toEqual([])
    await box.deliver(letter(3, 'e'))
    expect(sent.at(-1)).toBe('3:e')
  })

  it('wait again when they are refused again', async () => {
    const { box, sent, fails, waitIsOver } = opened()
    fails.push(flood(100), flood(100))
    await box.deliver(letter(1, 'a'))
    waitIsOver()
    expect(sent).toEqual([])
    await expect.poll(() => (waitIsOver(), sent)).toEqual(['1:a'])
  })

  it('are kept up to a number and a size, and whose were not is said', async () => {
    const { box, reported, fails } = opened()
    fails.push(flood(100))
    for (const id of [1, 2, 3, 4]) await box.deliver(letter(id, 'a'))
    expect(reported).toEqual([expect.objectContaining({ code: 'telega.answersLost', details: expect.objectContaining({ count: 1, to: '4' }) })])

    box.close()
    expect(reported[1]).toMatchObject({ code: 'telega.answersLost', details: { count: 3, to: '1, 2, 3' } })
    const small = opened({ letters: 9, characters: 5 })
    small.fails.push(flood(100))
    await small.box.deliver(letter(1, 'abc'))
    await small.box.deliver(letter(2, 'abc'))
    expect(small.reported).toEqual([expect.objectContaining({ details: expect.objectContaining({ to: '2' }) })])
  })

  it('go out once more when the connection was lost under them, and are out when Telegram has had them', async () => {
    const { box, sent, reported, fails } = opened()
    fails.push(new Error('Session is reset'))
    await box.deliver(letter(1, 'a'))
    fails.push(tl.RpcError.fromTl({ errorCode: 500, errorMessage: 'RANDOM_ID_DUPLICATE' }))
    await box.deliver(letter(2, 'b'))

    expect(sent).toEqual(['1:a'])
    expect(reported).toEqual([])
  })

  it('that cannot go out are told with whom they were for, and no text of theirs', async () => {
    const { box, reported, fails } = opened()
    fails.push(...Array<Error>(3).fill(new TypeError('secret text')))
    await box.deliver(letter(7, 'a'))

    expect(reported).toEqual([expect.objectContaining({ message: 'the answer to 7 was not sent: a failure of kind TypeError' })])
  })
})
