import { describe, expect, it } from 'vitest'
import { startCaretaker } from './caretaker.js'

describe('the caretaker', () => {
  it('does every chore again and again, and reports one that fails without leaving the others undone', async () => {
    const done: string[] = []
    const reports: string[] = []
    await new Promise<void>((resolve) => {
      const stop = startCaretaker(
        [
          { name: 'bad', run: async () => Promise.reject(new Error('no')) },
          { name: 'good', run: async () => void (done.push('good') === 3 && resolve(stop())) },
        ],
        1,
        (chore) => reports.push(chore),
      )
    })

    expect(done).toHaveLength(3)
    expect(reports).toEqual(['bad', 'bad', 'bad'])
  })

  it('stops when the chore at hand has let go, and begins no other', async () => {
    const events: string[] = []
    let begun = () => {}
    const running = new Promise<void>((resolve) => (begun = resolve))
    const stop = startCaretaker(
      [
        {
          name: 'long',
          run: async (signal) => {
            begun()
            await new Promise((resolve) => signal.addEventListener('abort', resolve))
            events.push('let go')
          },
        },
        { name: 'next', run: async () => void events.push('next') },
      ],
      1,
      () => events.push('report'),
    )

    await running
    await stop()
    events.push('stopped')

    expect(events).toEqual(['let go', 'stopped'])
  })
})
