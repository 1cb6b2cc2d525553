import { describe, expect, it } from 'vitest'
import { SharedQuestion } from './question.js'

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** A question whose answers a test gives. */
function asked(most: number) {
  const answers: { readonly answer: (revision: number) => void; readonly fail: (error: Error) => void }[] = []
  const used: number[] = []
  const question = new SharedQuestion<number>(
    () => new Promise((answer, fail) => void answers.push({ answer, fail })),
    (revision) => {
      used.push(revision)
      return undefined
    },
    most,
  )
  return { question, answers, used }
}

describe('a shared question', () => {
  it('is asked once for all who come before it is sent, and again for who comes after', async () => {
    const { question, answers, used } = asked(4)
    const early = Promise.all(Array.from({ length: 10 }, () => question.answered()))
    await turn()
    const late = question.answered()
    await turn()
    expect(answers).toHaveLength(2)

    answers[1]!.answer(2)
    await late
    expect(used).toEqual([2])
    answers[0]!.answer(1)
    await early
    expect(used).toEqual([2, 1])
  })

  it('is asked no more than so often at once; who comes then shares the next', async () => {
    const { question, answers } = asked(2)
    const all = [question.answered()]
    await turn()
    all.push(question.answered())
    await turn()
    all.push(question.answered(), question.answered())
    await turn()
    expect(answers).toHaveLength(2)

    answers[0]!.answer(1)
    await all[0]
    await turn()
    expect(answers).toHaveLength(3)
    answers.slice(1).forEach(({ answer }) => answer(2))
    await Promise.all(all)
  })

  it('fails all who shared it, and nobody else', async () => {
    const { question, answers } = asked(1)
    const [a, b] = [question.answered(), question.answered()]
    await turn()
    const next = question.answered()
    answers[0]!.fail(new Error('no quorum'))
    await expect(a).rejects.toThrow('no quorum')
    await expect(b).rejects.toThrow('no quorum')
    await turn()

    answers[1]!.answer(1)
    expect(await next).toBeUndefined()
  })
})
